"""The condition keys of KMS that MiniStack's IAM does not hand to policies: those of a signature."""

import json

CONDITION_KEYS = {'SigningAlgorithm': 'kms:SigningAlgorithm', 'MessageType': 'kms:MessageType'}


def register():
    from ministack.core import iam_actions

    context_of = iam_actions.request_tag_context

    def with_conditions(service, iam_action, body, params):
        return {**context_of(service, iam_action, body, params), **(conditions(body) if iam_action == 'kms:Sign' else {})}

    # the one place that collects what a request says of itself, looked up anew for each request
    iam_actions.request_tag_context = with_conditions


def conditions(body):
    try:
        request = json.loads(body)
    except ValueError:
        # the service refuses it
        return {}
    return {key: request[name] for name, key in CONDITION_KEYS.items() if name in request}
