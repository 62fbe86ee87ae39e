"""Tests the control plane of Kinesis Video Streams with an independent client, which has AWS's model of the service."""

import re

import boto3
import pytest
from botocore.exceptions import ClientError

CALLS = {
    'CreateStream': ('create_stream', {'StreamName': 'any'}),
    'DescribeStream': ('describe_stream', {'StreamName': 'any'}),
    'ListStreams': ('list_streams', {}),
    'UpdateStream': ('update_stream', {'StreamName': 'any', 'CurrentVersion': 'v'}),
    'UpdateDataRetention': ('update_data_retention', {
        'StreamName': 'any', 'CurrentVersion': 'v', 'Operation': 'INCREASE_DATA_RETENTION', 'DataRetentionChangeInHours': 1,
    }),
    'UpdateStreamStorageConfiguration': ('update_stream_storage_configuration', {
        'StreamName': 'any', 'CurrentVersion': 'v', 'StreamStorageConfiguration': {'DefaultStorageTier': 'WARM'},
    }),
    'DescribeStreamStorageConfiguration': ('describe_stream_storage_configuration', {'StreamName': 'any'}),
    'TagStream': ('tag_stream', {'StreamName': 'any', 'Tags': {'a': 'b'}}),
    'UntagStream': ('untag_stream', {'StreamName': 'any', 'TagKeyList': ['a']}),
    'ListTagsForStream': ('list_tags_for_stream', {'StreamName': 'any'}),
    'DeleteStream': ('delete_stream', {'StreamARN': 'arn:aws:kinesisvideo:us-east-1:000000000000:stream/any/1234567890123'}),
    'GetDataEndpoint': ('get_data_endpoint', {'StreamName': 'any', 'APIName': 'PUT_MEDIA'}),
}


def call(video, operation):
    method, arguments = CALLS[operation]
    return getattr(video, method)(**arguments)


def info(video, stream):
    return video.describe_stream(StreamName=stream)['StreamInfo']


def version(video, stream):
    return info(video, stream)['Version']


def modelled_errors():
    model = boto3.client('kinesisvideo', region_name='us-east-1', aws_access_key_id='t', aws_secret_access_key='t').meta.service_model
    return [
        (operation, shape.name, shape.metadata['error']['httpStatusCode'])
        for operation in CALLS for shape in model.operation_model(operation).error_shapes
    ]


def test_create_and_describe(video, stream_name):
    created = video.create_stream(
        StreamName=stream_name, DeviceName='camera-9', MediaType='video/h264,audio/aac', DataRetentionInHours=48, Tags={'a': '1'},
        StreamStorageConfiguration={'DefaultStorageTier': 'WARM'},
    )
    arn = created['StreamARN']
    assert re.fullmatch(rf'arn:aws:kinesisvideo:us-east-1:000000000000:stream/{stream_name}/[0-9]{{13}}', arn)
    described = info(video, stream_name)
    assert re.fullmatch('[a-zA-Z0-9]{20}', described.pop('Version'))
    assert described.pop('CreationTime').timestamp() * 1000 == pytest.approx(int(arn.rsplit('/', 1)[1]), abs=1)
    assert described == {
        'StreamName': stream_name, 'StreamARN': arn, 'DeviceName': 'camera-9', 'MediaType': 'video/h264,audio/aac',
        'KmsKeyId': 'arn:aws:kms:us-east-1:000000000000:alias/aws/kinesisvideo', 'DataRetentionInHours': 48, 'Status': 'ACTIVE',
    }
    assert video.describe_stream(StreamARN=arn)['StreamInfo']['StreamName'] == stream_name
    storage = video.describe_stream_storage_configuration(StreamARN=arn)
    assert storage['StreamStorageConfiguration'] == {'DefaultStorageTier': 'WARM'}


def test_a_stream_is_creating_before_it_is_active(service, video, stream_name):
    service.tell('delay', delays={'creationMilliseconds': 1000})
    video.create_stream(StreamName=stream_name)
    service.tell('delay', delays={'creationMilliseconds': 0})
    assert info(video, stream_name)['Status'] == 'CREATING'
    with pytest.raises(video.exceptions.ResourceInUseException):
        video.update_stream(StreamName=stream_name, CurrentVersion=version(video, stream_name), MediaType='video/h265')
    service.tell('advance', millis=1000)
    assert info(video, stream_name)['Status'] == 'ACTIVE'


def test_tags_of_a_stream_in_creation_are_kept(service, video, stream_name):
    service.tell('delay', delays={'creationMilliseconds': 1000})
    video.create_stream(StreamName=stream_name)
    service.tell('delay', delays={'creationMilliseconds': 0})
    video.tag_stream(StreamName=stream_name, Tags={'a': '1'})
    service.tell('advance', millis=1000)
    assert info(video, stream_name)['Status'] == 'ACTIVE'
    assert video.list_tags_for_stream(StreamName=stream_name)['Tags'] == {'a': '1'}


def test_update_increases_the_version_and_keeps_omitted_properties(video, stream):
    before = version(video, stream)
    video.update_stream(StreamName=stream, CurrentVersion=before, MediaType='video/h265')
    described = info(video, stream)
    assert (described['MediaType'], described['DeviceName'], described['DataRetentionInHours']) == ('video/h265', 'camera', 24)
    assert described['Version'] != before
    with pytest.raises(video.exceptions.VersionMismatchException):
        video.update_stream(StreamName=stream, CurrentVersion=before, DeviceName='other')
    video.update_stream(StreamARN=described['StreamARN'], CurrentVersion=described['Version'], DeviceName='other')
    assert info(video, stream)['DeviceName'] == 'other'


def test_describe_shows_a_finished_change(service, video, stream):
    before = version(video, stream)
    service.tell('delay', delays={'updateMilliseconds': 1000, 'describeLagMilliseconds': 500})
    video.update_stream(StreamName=stream, CurrentVersion=before, MediaType='video/h265')
    service.tell('delay', delays={'updateMilliseconds': 0})
    service.tell('advance', millis=999)
    assert (info(video, stream)['Status'], info(video, stream)['MediaType'], version(video, stream)) == ('UPDATING', 'video/h264', before)
    service.tell('advance', millis=500)
    assert (info(video, stream)['Status'], info(video, stream)['MediaType']) == ('UPDATING', 'video/h264')
    service.tell('advance', millis=1)
    service.tell('delay', delays={'describeLagMilliseconds': 0})
    assert (info(video, stream)['Status'], info(video, stream)['MediaType']) == ('ACTIVE', 'video/h265')


@pytest.mark.parametrize('moves', [True, False])
def test_version_changes_by_retention_tier_and_tags_can_be_configured(service, video, stream, moves):
    service.tell('move', moves={'retention': moves, 'storageTier': moves, 'tags': moves})
    changes = [
        lambda current: video.update_data_retention(
            StreamName=stream, CurrentVersion=current, Operation='INCREASE_DATA_RETENTION', DataRetentionChangeInHours=24),
        lambda current: video.update_data_retention(
            StreamName=stream, CurrentVersion=current, Operation='DECREASE_DATA_RETENTION', DataRetentionChangeInHours=47),
        lambda current: video.update_stream_storage_configuration(
            StreamName=stream, CurrentVersion=current, StreamStorageConfiguration={'DefaultStorageTier': 'WARM'}),
        lambda current: video.tag_stream(StreamName=stream, Tags={'b': '2'}),
        lambda current: video.untag_stream(StreamName=stream, TagKeyList=['a']),
    ]
    for change in changes:
        before = version(video, stream)
        change(before)
        assert (version(video, stream) != before) == moves
    assert info(video, stream)['DataRetentionInHours'] == 1
    assert video.describe_stream_storage_configuration(StreamName=stream)['StreamStorageConfiguration'] == {'DefaultStorageTier': 'WARM'}
    assert video.list_tags_for_stream(StreamName=stream)['Tags'] == {'b': '2'}
    service.tell('move', moves={'retention': True, 'storageTier': True, 'tags': True})


def test_retention_has_bounds(video, stream, stream_name):
    for operation, hours in [('DECREASE_DATA_RETENTION', 25), ('INCREASE_DATA_RETENTION', 87_600)]:
        with pytest.raises(video.exceptions.InvalidArgumentException):
            video.update_data_retention(
                StreamName=stream, CurrentVersion=version(video, stream), Operation=operation, DataRetentionChangeInHours=hours)
    with pytest.raises(video.exceptions.InvalidArgumentException):
        video.create_stream(StreamName=f'{stream_name}-long', DataRetentionInHours=87_601)


def test_delete(service, video, stream):
    described = info(video, stream)
    with pytest.raises(video.exceptions.VersionMismatchException):
        video.delete_stream(StreamARN=described['StreamARN'], CurrentVersion='old')
    service.tell('delay', delays={'deletionMilliseconds': 1000})
    video.delete_stream(StreamARN=described['StreamARN'], CurrentVersion=described['Version'])
    service.tell('delay', delays={'deletionMilliseconds': 0})
    assert info(video, stream)['Status'] == 'DELETING'
    with pytest.raises(video.exceptions.ResourceInUseException):
        video.create_stream(StreamName=stream)
    service.tell('advance', millis=1000)
    with pytest.raises(video.exceptions.ResourceNotFoundException):
        video.describe_stream(StreamName=stream)
    # another stream of this name has another ARN
    video.create_stream(StreamName=stream)
    with pytest.raises(video.exceptions.ResourceNotFoundException):
        video.describe_stream(StreamARN=described['StreamARN'])


def test_list_in_pages(video):
    names = ['list-a', 'list-b', 'list-c']
    for name in names:
        video.create_stream(StreamName=name)
    condition = {'ComparisonOperator': 'BEGINS_WITH', 'ComparisonValue': 'list-'}
    pages = list(video.get_paginator('list_streams').paginate(StreamNameCondition=condition, PaginationConfig={'PageSize': 2}))
    assert [[item['StreamName'] for item in page['StreamInfoList']] for page in pages] == [names[:2], names[2:]]
    with pytest.raises(video.exceptions.InvalidArgumentException):
        video.list_streams(NextToken='aaaa')


def test_data_endpoint(video, stream):
    endpoint = video.get_data_endpoint(StreamName=stream, APIName='PUT_MEDIA')['DataEndpoint']
    assert re.fullmatch(r'https://s-[0-9a-f]{8}\.kinesisvideo\.us-east-1\.amazonaws\.com', endpoint)


@pytest.mark.parametrize('operation, error, status', modelled_errors())
def test_every_modelled_error_has_the_class_of_the_client(service, video, operation, error, status):
    service.tell('fail', operation=operation, error=error)
    with pytest.raises(getattr(video.exceptions, error)) as raised:
        call(video, operation)
    assert raised.value.response['Error'] == {'Code': error, 'Message': 'planned'}
    # callers report 403 for this one, where the model says 401
    assert raised.value.response['ResponseMetadata']['HTTPStatusCode'] == (403 if error == 'AccessDeniedException' else status)


def test_errors_of_requests(service, video, stream, stream_name):
    with pytest.raises(video.exceptions.ResourceInUseException):
        video.create_stream(StreamName=stream)
    new = f'{stream_name}-new'
    service.tell('refuse', deviceName='broken')
    with pytest.raises(video.exceptions.InvalidDeviceException):
        video.create_stream(StreamName=new, DeviceName='broken')
    service.tell('limit', streamsPerDevice=0)
    with pytest.raises(video.exceptions.DeviceStreamLimitExceededException):
        video.create_stream(StreamName=new, DeviceName='camera')
    service.tell('limit', streams=0, streamsPerDevice=10_000)
    with pytest.raises(video.exceptions.AccountStreamLimitExceededException):
        video.create_stream(StreamName=new)
    service.tell('limit', streams=10_000)
    with pytest.raises(video.exceptions.TagsPerResourceExceededLimitException):
        video.tag_stream(StreamName=stream, Tags={str(number): '' for number in range(50)})
    service.tell('throttle', requestsPerSecond=1)
    video.list_streams()
    with pytest.raises(video.exceptions.ClientLimitExceededException):
        video.list_streams()
    service.tell('throttle', requestsPerSecond=None)


@pytest.mark.parametrize('arguments, complaint', [
    ({'StreamName': 'a b'}, r"'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: \[a-zA-Z0-9_.-\]\+"),
    ({'StreamName': 'a', 'MediaType': 'video'}, "'video' at 'mediaType' failed to satisfy constraint: Member must satisfy regular expression"),
    ({'StreamName': 'a', 'StreamStorageConfiguration': {'DefaultStorageTier': 'COLD'}}, r"Member must satisfy enum value set: \[HOT, WARM\]"),
    ({'StreamName': 'a', 'Tags': {'a': '*'}}, "at 'tags.value' failed to satisfy constraint"),
])
def test_invalid_arguments(video, arguments, complaint):
    with pytest.raises(video.exceptions.InvalidArgumentException, match=complaint):
        video.create_stream(**arguments)


def test_a_request_needs_exactly_one_of_name_and_arn(video, stream):
    with pytest.raises(video.exceptions.InvalidArgumentException, match='either the StreamName or the StreamARN'):
        video.describe_stream()
    arn = info(video, stream)['StreamARN']
    with pytest.raises(video.exceptions.ResourceNotFoundException):
        video.describe_stream(StreamARN=arn.replace(stream, f'{stream}-other'))


def test_a_device_may_use_only_the_stream_of_its_thing(service, video, stream):
    def client_of(session):
        return service.client(
            aws_access_key_id=session['accessKeyId'], aws_secret_access_key=session['secretAccessKey'], aws_session_token=session['sessionToken'])

    video.create_stream(StreamName='camera-1')
    camera = client_of(service.there_is['camera'])
    assert info(camera, 'camera-1')['Status'] == 'ACTIVE'
    assert camera.get_data_endpoint(StreamName='camera-1', APIName='PUT_MEDIA')['DataEndpoint']
    for denied in [
        lambda: camera.describe_stream(StreamName=stream),
        lambda: camera.create_stream(StreamName='camera-1'),
        # credentials that were given without a thing's name have no variable to put in
        lambda: client_of(service.there_is['nameless']).describe_stream(StreamName='camera-1'),
    ]:
        with pytest.raises(ClientError) as raised:
            denied()
        assert raised.value.response['Error']['Code'] == 'AccessDeniedException'
        assert raised.value.response['ResponseMetadata']['HTTPStatusCode'] == 403
    with pytest.raises(ClientError) as raised:
        camera.describe_stream(StreamName=stream)
    assert raised.value.response['Error']['Message'] == (
        'User: arn:aws:sts::000000000000:assumed-role/Camera/session is not authorized to perform: kinesisvideo:DescribeStream '
        f'on resource: {stream} because no identity-based policy allows the kinesisvideo:DescribeStream action'
    )


def test_unknown_callers_are_refused(service):
    stranger = service.client(aws_access_key_id='ASIASTRANGER', aws_secret_access_key='s', aws_session_token='t')
    with pytest.raises(ClientError) as raised:
        stranger.list_streams()
    assert raised.value.response['Error']['Code'] == 'UnrecognizedClientException'
