"""Compares the decisions that our evaluator is tested with to those of MiniStack."""

import json
import pathlib

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

VECTORS = json.loads((pathlib.Path(__file__).parent / 'vectors.json').read_text())


def policy(statements):
    return parse_policy_document({'Version': '2012-10-17', 'Statement': statements})


@pytest.mark.parametrize('vector, request_', [(vector, request) for vector in VECTORS for request in vector['requests']])
def test_decision(vector, request_):
    context = {key.lower(): value for key, value in request_.get('context', {}).items() if value is not None}
    boundary = vector.get('permissionsBoundary')
    result = evaluate(
        EvalContext(
            principal_arn='arn:aws:sts::111122223333:assumed-role/role/session', principal_type='AssumedRole',
            principal_account='111122223333', action=request_['action'], resource_arn=request_['resource'], region='us-east-1',
            secure_transport=context.get('aws:securetransport') == 'true', service_context=context,
        ),
        [policy(vector['identityPolicies'])],
        *([[policy(boundary)]] if boundary else []),
    )
    assert result.decision == request_['decision'], vector['name']
