"""AWS::KinesisVideo::Stream, with the calls in the schema of the type: CreateStream, UpdateStream, UpdateDataRetention, tags, DeleteStream."""

import os
import time

REPLACING_PROPERTIES = ('Name',)
# the properties of the schema that no call of the update handler can change
UNCHANGEABLE = ('KmsKeyId', 'StreamStorageConfiguration')
TIMEOUT_SECONDS = 60


def client():
    # imported here, because it would delay every start by half a second
    import boto3
    from ministack.core.responses import get_region

    return boto3.client(
        'kinesisvideo', endpoint_url=os.environ['AWS_ENDPOINT_URL_KINESIS_VIDEO'], region_name=get_region(),
        aws_access_key_id='test', aws_secret_access_key='test',
    )


def tags_of(properties):
    return {tag['Key']: tag['Value'] for tag in properties.get('Tags') or []}


def given(**arguments):
    return {name: value for name, value in arguments.items() if value not in (None, {})}


def until(what, attempt):
    """Repeat the attempt until its result is not None, and return the result."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        answer = attempt()
        if answer is not None:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f'it takes too long until {what}')
        time.sleep(0.05)


def active(video, name):
    """Wait until the last change is finished and return the stream."""
    def attempt():
        info = video.describe_stream(StreamName=name)['StreamInfo']
        return info if info['Status'] == 'ACTIVE' else None

    return until(f'stream {name} is active', attempt)


def change(video, name, call):
    """Call with the version of the stream, and retry if the version of DescribeStream was stale."""
    def attempt():
        info = active(video, name)
        try:
            call(info)
        except (video.exceptions.ResourceInUseException, video.exceptions.VersionMismatchException):
            return None
        return info

    return until(f'stream {name} takes a change', attempt)


def create(logical_id, properties, stack_name):
    from ministack.services.cloudformation.provisioners import _physical_name

    video = client()
    name = properties.get('Name') or _physical_name(stack_name, logical_id, max_len=256)
    hours = properties.get('DataRetentionInHours')
    try:
        arn = video.create_stream(StreamName=name, **given(
            DeviceName=properties.get('DeviceName'), MediaType=properties.get('MediaType'), KmsKeyId=properties.get('KmsKeyId'),
            DataRetentionInHours=None if hours is None else int(hours), Tags=tags_of(properties),
            StreamStorageConfiguration=properties.get('StreamStorageConfiguration'),
        ))['StreamARN']
    except video.exceptions.ResourceInUseException as error:
        raise ValueError(f"Resource of type 'AWS::KinesisVideo::Stream' with identifier '{name}' already exists.") from error
    active(video, name)
    return name, {'Arn': arn}


def update(name, old, new, stack_name):
    for unchangeable in UNCHANGEABLE:
        if old.get(unchangeable) != new.get(unchangeable):
            raise ValueError(f'{unchangeable} of stream {name} cannot be changed')
    video = client()
    metadata = given(**{
        key: new.get(key) for key in ('DeviceName', 'MediaType') if new.get(key) != old.get(key)
    })
    if metadata:
        change(video, name, lambda info: video.update_stream(StreamName=name, CurrentVersion=info['Version'], **metadata))
    hours = int(new.get('DataRetentionInHours') or 0) - int(old.get('DataRetentionInHours') or 0)
    if hours:
        change(video, name, lambda info: video.update_data_retention(
            StreamName=name, CurrentVersion=info['Version'], DataRetentionChangeInHours=abs(hours),
            Operation='INCREASE_DATA_RETENTION' if hours > 0 else 'DECREASE_DATA_RETENTION',
        ))
    before, after = tags_of(old), tags_of(new)
    gone = [key for key in before if key not in after]
    if gone:
        video.untag_stream(StreamName=name, TagKeyList=gone)
    changed = {key: value for key, value in after.items() if before.get(key) != value}
    if changed:
        video.tag_stream(StreamName=name, Tags=changed)
    return name, {'Arn': active(video, name)['StreamARN']}


def delete(name, properties):
    video = client()

    def gone():
        try:
            video.describe_stream(StreamName=name)
        except video.exceptions.ResourceNotFoundException:
            return True
        return None

    try:
        change(video, name, lambda info: video.delete_stream(StreamARN=info['StreamARN']))
        until(f'stream {name} is gone', gone)
    except video.exceptions.ResourceNotFoundException:
        # the stream has been deleted outside of CloudFormation
        pass
