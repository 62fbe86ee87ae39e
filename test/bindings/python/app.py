import sys
from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Size, Stack, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_iot as iot
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from cdk_iot_streams import (
    DeviceRole,
    FileSigning,
    IotFileStream,
    KinesisVideoStream,
    OtaJobFile,
    SigningAlgorithm,
    StorageTier,
    StreamEncoding,
    StreamFile,
    UpdateStrategy,
)

FIRMWARE = str(Path("shared", "app.bin"))


class BindingsStack(Stack):
    """The app that every language writes down in its own way, and that has one template in all of them."""

    def __init__(self, app: App) -> None:
        super().__init__(app, "Bindings")
        self.vendor = s3.Bucket.from_bucket_name(self, "Vendor", "vendor-firmware")
        self.objects = s3.Bucket(self, "Objects", versioned=True)
        self.reader = iam.Role(self, "Reader", assumed_by=iam.AccountRootPrincipal())

        self.defaults = IotFileStream(
            self,
            "Defaults",
            files=[
                StreamFile.from_asset(FIRMWARE),
                StreamFile.from_json(
                    "config.json",
                    {"strict": True, "region": self.region, "limits": {"retries": 3, "blocks": 8}, "hosts": ["a", "b"]},
                ),
                StreamFile.from_bucket(self.vendor, "radio/fw.bin", object_version="x7"),
                StreamFile.from_text("notes.txt", "Für alle Geräte\n"),
            ],
        )
        Tags.of(self.defaults).add("team", "radio")
        self.defaults.grants.describe(self.reader)

        delivery = iam.Role(self, "Delivery", assumed_by=iam.ServicePrincipal("iot.amazonaws.com"))
        delivery.apply_removal_policy(RemovalPolicy.RETAIN)
        self.everything = IotFileStream(
            self,
            "Everything",
            files=[
                StreamFile.from_asset(FIRMWARE, file_id=3, file_name="firmware"),
                StreamFile.from_json("model.json", {}, file_id=0),
                StreamFile.from_bucket(self.vendor, "models/m.bin", file_id=255, file_name="model", revision="second"),
                StreamFile.from_text("readme.txt", self.stack_name, file_id=7),
            ],
            stream_id="everything",
            description="All that can be said",
            bucket=self.objects,
            key_prefix="streams/",
            role=delivery,
            update_strategy=UpdateStrategy.NEW_STREAM,
            removal_policy=RemovalPolicy.RETAIN,
            max_file_size=Size.mebibytes(1),
        )
        self.everything.grants.actions(self.reader, ["iot:DescribeStream", "iot:DeleteStream"])

        self.by_id = IotFileStream.from_stream_id(self, "ById", "elsewhere")
        self.by_arn = IotFileStream.from_stream_arn(self, "ByArn", "arn:aws:iot:eu-west-1:111122223333:stream/far-away")
        self.by_arn.grants.describe(self.reader)

        self.camera = DeviceRole(self, "Camera", role_alias_name="cameras", credential_duration=Duration.hours(2))
        self.camera.grant_own_video_streams()
        self.door = KinesisVideoStream(
            self,
            "Door",
            stream_name="front-door",
            device_name="camera-1",
            media_type="video/h264",
            retention=Duration.hours(24),
            storage_tier=StorageTier.WARM,
            encryption_key=kms.Key.from_key_arn(
                self, "VideoKey", "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001"
            ),
            removal_policy=RemovalPolicy.DESTROY,
            expose_version=True,
        )
        self.door.grants.put_media(self.camera)
        self.gate = KinesisVideoStream.from_stream_arn(
            self, "Gate", "arn:aws:kinesisvideo:eu-west-1:111122223333:stream/gate/1700000000000"
        )
        self.gate.grants.read_media(self.reader)

        iot.CfnPolicy(
            self,
            "DevicePolicy",
            policy_document=iam.PolicyDocument(
                statements=[
                    *self.defaults.device_statements(),
                    *self.by_arn.device_statements(thing_name="sensor-1", encoding=StreamEncoding.CBOR),
                    *self.camera.device_statements(),
                ]
            ),
        )
        iot.CfnJobTemplate(
            self,
            "Install",
            job_template_id=self.defaults.job_id("install"),
            description="Install the firmware",
            document=self.defaults.job_document(
                operation="install",
                pin_version=True,
                parameters={"region": self.region, "steps": {"tries": 2, "reboot": False, "verify": True}, "slot": "B"},
            ),
        )
        iot.CfnJobTemplate(
            self,
            "Ota",
            job_template_id=self.everything.job_id(),
            description="Install the firmware over the air",
            document=self.everything.ota_job_document(
                files=[
                    OtaJobFile(file_id=3, file_path="/firmware", certificate_file="signer.crt", signature="MEUCIQ==", file_type=1),
                    OtaJobFile(file_id=0),
                ]
            ),
        )

        ecdsa_key = kms.Key(self, "CodeSigning", key_spec=kms.KeySpec.ECC_NIST_P256, key_usage=kms.KeyUsage.SIGN_VERIFY)
        rsa_key = kms.Key.from_key_arn(self, "RsaCodeSigning", "arn:aws:kms:eu-west-1:111122223333:key/rsa")
        self.signed = IotFileStream(
            self,
            "Signed",
            files=[
                StreamFile.from_asset(FIRMWARE, signing=FileSigning.kms_key(ecdsa_key)),
                StreamFile.from_text(
                    "notes.txt",
                    "Signed\n",
                    signing=FileSigning.kms_key(rsa_key, algorithm=SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256),
                ),
            ],
        )
        iot.CfnJobTemplate(
            self,
            "SignedOta",
            job_template_id=self.signed.job_id(),
            description="Install the signed firmware over the air",
            document=self.signed.ota_job_document(),
        )
        location = self.signed.file_location("app.bin")
        CfnOutput(self, "Signature", value=self.signed.signature("app.bin"))
        CfnOutput(self, "BucketName", value=location.bucket_name)
        CfnOutput(self, "ObjectKey", value=location.object_key)
        CfnOutput(self, "ObjectVersion", value=location.object_version)

        CfnOutput(self, "StreamId", value=self.defaults.stream_id)
        CfnOutput(self, "StreamArn", value=self.defaults.stream_arn)
        CfnOutput(self, "StreamVersion", value=self.defaults.stream_version)
        CfnOutput(self, "VideoVersion", value=self.door.stream_version)
        CfnOutput(self, "NotesFileId", value=f"{self.defaults.file_id('notes.txt'):.0f}")


if __name__ == "__main__":
    app = App(outdir=sys.argv[1])
    BindingsStack(app)
    app.synth()
