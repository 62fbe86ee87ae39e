"""Adds the condition keys of kms:Sign, which MiniStack's IAM does not know."""

import json

CONDITION_KEYS = {'SigningAlgorithm': 'kms:SigningAlgorithm', 'MessageType': 'kms:MessageType'}


def register():
    from ministack.core import iam_actions

    context_of = iam_actions.request_tag_context

    def with_conditions(service, iam_action, body, params):
        return {**context_of(service, iam_action, body, params), **(conditions(body) if iam_action == 'kms:Sign' else {})}

    # the only function that collects the condition keys of a request; it is looked up for each request
    iam_actions.request_tag_context = with_conditions


def conditions(body):
    try:
        request = json.loads(body)
    except ValueError:
        # the service refuses the request
        return {}
    return {key: request[name] for name, key in CONDITION_KEYS.items() if name in request}
