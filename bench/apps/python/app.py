"""One stream of one file: by the library, or by the native resource and an asset."""

import sys

from aws_cdk import App, CfnResource, Stack
from aws_cdk import aws_iam as iam
from aws_cdk.aws_s3_assets import Asset


def ours(stack: Stack, path: str) -> None:
    from cdk_iot_streams import IotFileStream, StreamFile

    IotFileStream(stack, "Stream", files=[StreamFile.from_asset(path)])


def native(stack: Stack, path: str) -> None:
    asset = Asset(stack, "File", path=path)
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("iot.amazonaws.com"))
    asset.grant_read(role)
    location = {"Bucket": asset.s3_bucket_name, "Key": asset.s3_object_key}
    properties = {"StreamId": "Bench", "RoleArn": role.role_arn, "Files": [{"FileId": 0, "S3Location": location}]}
    CfnResource(stack, "Stream", type="AWS::IoT::Stream", properties=properties).node.add_dependency(role)


if __name__ == "__main__":
    _, variant, path = sys.argv
    app = App()
    {"ours": ours, "native": native}[variant](Stack(app, "Bench"), path)
    app.synth()
