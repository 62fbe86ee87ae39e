"""Tests the control plane of streams with an independent client, which has AWS's model of the service."""

import datetime

import boto3
import pytest
from botocore.exceptions import ClientError

OPERATIONS = [
    'CreateStream', 'UpdateStream', 'DescribeStream', 'ListStreams', 'DeleteStream',
    'TagResource', 'UntagResource', 'ListTagsForResource',
]
METHODS = {
    'CreateStream': 'create_stream', 'UpdateStream': 'update_stream', 'DescribeStream': 'describe_stream',
    'ListStreams': 'list_streams', 'DeleteStream': 'delete_stream', 'TagResource': 'tag_resource',
    'UntagResource': 'untag_resource', 'ListTagsForResource': 'list_tags_for_resource',
}


def arn_of(stream_id):
    return f'arn:aws:iot:us-east-1:000000000000:stream/{stream_id}'


def without_metadata(answer):
    assert answer['ResponseMetadata']['HTTPStatusCode'] == 200
    return {key: value for key, value in answer.items() if key != 'ResponseMetadata'}


def modelled_errors():
    model = boto3.client('iot', region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test').meta.service_model
    return [
        (operation, shape.name, shape.metadata['error']['httpStatusCode'])
        for operation in OPERATIONS for shape in model.operation_model(operation).error_shapes
    ]


def call(iot, operation, stream_id, content):
    return getattr(iot, METHODS[operation])(**{
        'CreateStream': {'streamId': stream_id, **content},
        'UpdateStream': {'streamId': stream_id},
        'DescribeStream': {'streamId': stream_id},
        'DeleteStream': {'streamId': stream_id},
        'ListStreams': {},
        'TagResource': {'resourceArn': arn_of(stream_id), 'tags': []},
        'UntagResource': {'resourceArn': arn_of(stream_id), 'tagKeys': []},
        'ListTagsForResource': {'resourceArn': arn_of(stream_id)},
    }[operation])


def test_create_and_describe(iot, stream_id, content):
    created = iot.create_stream(streamId=stream_id, description='Pumpe äöü', tags=[{'Key': 'a', 'Value': 'b'}], **content)
    summary = {'streamId': stream_id, 'streamArn': arn_of(stream_id), 'description': 'Pumpe äöü', 'streamVersion': 1}
    assert without_metadata(created) == summary
    at = datetime.datetime(2026, 11, 21, 12, 0, 0, 250000, tzinfo=datetime.timezone.utc)
    described = without_metadata(iot.describe_stream(streamId=stream_id))['streamInfo']
    assert described.pop('createdAt') >= at
    assert described.pop('lastUpdatedAt') >= at
    assert described == {**summary, **content}


def test_update_increases_the_version_and_keeps_omitted_properties(iot, stream, content):
    updated = without_metadata(iot.update_stream(streamId=stream))
    assert updated == {'streamId': stream, 'streamArn': arn_of(stream), 'description': 'first', 'streamVersion': 2}
    iot.update_stream(streamId=stream, description='second')
    described = iot.describe_stream(streamId=stream)['streamInfo']
    assert (described['description'], described['streamVersion'], described['files']) == ('second', 3, content['files'])
    assert described['lastUpdatedAt'] >= described['createdAt']


def test_delete(iot, stream):
    assert without_metadata(iot.delete_stream(streamId=stream)) == {}
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_stream(streamId=stream)
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.delete_stream(streamId=stream)


def test_a_deleted_id_continues_its_versions(service, iot, stream, content):
    iot.delete_stream(streamId=stream)
    assert iot.create_stream(streamId=stream, **content)['streamVersion'] == 2
    assert iot.list_tags_for_resource(resourceArn=arn_of(stream))['tags'] == []
    iot.delete_stream(streamId=stream)
    service.tell('advance', millis=90 * 24 * 60 * 60 * 1000 + 1)
    assert iot.create_stream(streamId=stream, **content)['streamVersion'] == 1


def test_list_in_pages(iot, content):
    ids = ['list-a', 'list-b', 'list-c']
    for stream_id in ids:
        iot.create_stream(streamId=stream_id, **content)

    def listed(**order):
        pages = iot.get_paginator('list_streams').paginate(**order, PaginationConfig={'PageSize': 2})
        return [item for page in pages for item in page['streams'] if item['streamId'] in ids]

    assert [item['streamId'] for item in listed(ascendingOrder=True)] == ids
    assert [item['streamId'] for item in listed(ascendingOrder=False)] == ids[::-1]
    assert [item['streamId'] for item in listed()] == ids[::-1]
    assert listed()[0] == {'streamId': 'list-c', 'streamArn': arn_of('list-c'), 'streamVersion': 1}


def test_tags(iot, stream):
    resource = {'resourceArn': arn_of(stream)}
    assert without_metadata(iot.tag_resource(**resource, tags=[{'Key': 'b', 'Value': '2'}, {'Key': 'c'}])) == {}
    assert without_metadata(iot.untag_resource(**resource, tagKeys=['a'])) == {}
    assert without_metadata(iot.list_tags_for_resource(**resource)) == {'tags': [{'Key': 'b', 'Value': '2'}, {'Key': 'c', 'Value': ''}]}
    assert iot.describe_stream(streamId=stream)['streamInfo']['streamVersion'] == 1


@pytest.mark.parametrize('operation, error, status', modelled_errors())
def test_every_modelled_error_has_the_class_of_the_client(service, iot, stream_id, content, operation, error, status):
    service.tell('fail', operation=operation, error=error)
    with pytest.raises(getattr(iot.exceptions, error)) as raised:
        call(iot, operation, stream_id, content)
    assert raised.value.response['Error'] == {'Code': error, 'Message': 'planned'}
    assert raised.value.response['ResponseMetadata']['HTTPStatusCode'] == status


def test_already_exists_names_the_stream(iot, stream, content):
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException) as raised:
        iot.create_stream(streamId=stream, **content)
    assert raised.value.response['resourceId'] == stream
    assert raised.value.response['resourceArn'] == arn_of(stream)


def test_invalid_request(iot, stream_id, content):
    with pytest.raises(iot.exceptions.InvalidRequestException, match='failed to satisfy constraint: Member must satisfy regular expression'):
        iot.create_stream(streamId=stream_id, description='two\nlines', **content)
    files = [{'fileId': 0, 's3Location': {'bucket': 'bucket', 'key': 'nothing'}}]
    with pytest.raises(iot.exceptions.InvalidRequestException, match='There is no object s3://bucket/nothing'):
        iot.create_stream(streamId=stream_id, **{**content, 'files': files})


def test_limit_conflict_and_throttling(service, iot, stream, stream_id, content):
    service.tell('limit', streams=0)
    with pytest.raises(iot.exceptions.LimitExceededException):
        iot.create_stream(streamId=f'{stream_id}-new', **content)
    service.tell('limit', streams=10_000)

    service.tell('attach', streamId=stream)
    with pytest.raises(iot.exceptions.DeleteConflictException):
        iot.delete_stream(streamId=stream)

    service.tell('throttle', requestsPerSecond=1)
    iot.describe_stream(streamId=stream)
    with pytest.raises(iot.exceptions.ThrottlingException):
        iot.describe_stream(streamId=stream)
    service.tell('throttle', requestsPerSecond=None)


def test_callers_are_distinguished(service, content):
    operator = service.there_is['operator']
    iot = service.client(
        aws_access_key_id=operator['accessKeyId'], aws_secret_access_key=operator['secretAccessKey'],
        aws_session_token=operator['sessionToken'],
    )
    iot.create_stream(streamId='allowed', **content)
    with pytest.raises(ClientError) as raised:
        iot.create_stream(streamId='other', **content)
    assert raised.value.response['Error'] == {
        'Code': 'AccessDeniedException',
        'Message': (
            'User: arn:aws:sts::000000000000:assumed-role/Management/session is not authorized to perform: iot:CreateStream on resource: '
            f'{arn_of("other")} because no identity-based policy allows the iot:CreateStream action'
        ),
    }
    assert raised.value.response['ResponseMetadata']['HTTPStatusCode'] == 403

    stranger = service.client(aws_access_key_id='ASIASTRANGER', aws_secret_access_key='s', aws_session_token='t')
    with pytest.raises(ClientError) as raised:
        stranger.list_streams()
    assert raised.value.response['Error']['Code'] == 'UnrecognizedClientException'
