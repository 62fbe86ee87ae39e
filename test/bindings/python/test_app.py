import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk.assertions import Match, Template
from cdk_iot_streams import IotFileStream, StreamFile

from app import BindingsStack

SHA256 = "f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039"
SIGNED_ID = "Bindings-Signed-67F80835"
ASSET = "f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039.bin"


@pytest.fixture(scope="session")
def stack():
    return BindingsStack(App())


@pytest.fixture(scope="session")
def template(stack):
    return Template.from_stack(stack)


@pytest.fixture(scope="session")
def resource_of(template):
    def find(stream_id):
        found = template.find_resources("Custom::IotFileStream", {"Properties": {"StreamId": stream_id}})
        [(logical_id, resource)] = found.items()
        return logical_id, resource

    return find


@pytest.fixture(scope="session")
def attribute(resource_of):
    return lambda name: {"Fn::GetAtt": [resource_of("Bindings-Defaults-A1E12092")[0], name]}


def arn_of(stream_id):
    account = [{"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iot:", *account, f":stream/{stream_id}"]]}


def logical_id(stack, arn):
    """Of the resource whose ARN it is."""
    resolved = stack.resolve(arn)
    assert resolved["Fn::GetAtt"][1] == "Arn"
    return resolved["Fn::GetAtt"][0]


@pytest.mark.parametrize("synthesis", ["first", "second"])
def test_every_synthesis_gives_the_template_that_all_languages_share_byte_for_byte(tmp_path, synthesis):
    subprocess.run([sys.executable, "app.py", tmp_path], check=True)
    assert (tmp_path / "Bindings.template.json").read_bytes() == Path("shared", "golden.template.json").read_bytes()


def test_the_smallest_app_synthesises_its_stream(tmp_path):
    subprocess.run([sys.executable, "smallest.py"], env={**os.environ, "CDK_OUTDIR": str(tmp_path)}, check=True)
    template = json.loads((tmp_path / "Firmware.template.json").read_bytes())
    [logical_id] = [id for id, resource in template["Resources"].items() if resource["Type"] == "Custom::IotFileStream"]
    assert template["Resources"][logical_id]["Properties"]["Files"]["0"]["FileName"] == "app.bin"
    assert template["Outputs"]["StreamId"]["Value"] == {"Fn::GetAtt": [logical_id, "StreamId"]}


class TestFiles:
    def test_declares_files_of_all_four_kinds_with_positional_ids(self, resource_of):
        _, resource = resource_of("Bindings-Defaults-A1E12092")
        assert resource["Properties"]["Files"] == {
            "0": {
                "FileName": "app.bin",
                "Sha256": SHA256,
                "Size": "70000",
                "SourceBucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"},
                "SourceKey": ASSET,
            },
            "1": {
                "FileName": "config.json",
                "Text": {
                    "Fn::Join": [
                        "",
                        [
                            '{"hosts":["a","b"],"limits":{"blocks":8,"retries":3},"region":"',
                            {"Ref": "AWS::Region"},
                            '","strict":true}',
                        ],
                    ]
                },
            },
            "2": {"FileName": "fw.bin", "SourceBucket": "vendor-firmware", "SourceKey": "radio/fw.bin", "SourceVersion": "x7"},
            "3": {"FileName": "notes.txt", "Sha256": "050d9a81f60c3de7fea750ca78fc4b81c2c1f8b620c7e7b75d012239e3f59295", "Size": "18", "Text": "Für alle Geräte\n"},
        }

    def test_declares_files_of_all_four_kinds_with_every_option(self, resource_of):
        _, resource = resource_of("everything")
        files = resource["Properties"]["Files"]
        assert sorted(files) == ["0", "255", "3", "7"]
        assert files["0"] == {"FileName": "model.json", "Sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "Size": "2", "Text": "{}"}
        assert (files["3"]["FileName"], files["3"]["Size"]) == ("firmware", "70000")
        assert files["7"] == {"FileName": "readme.txt", "Sha256": "7697ab84cd811cc93711c93ef0e92469f1e314a5e8957ad987d9b1fa54d691c4", "Size": "8", "Text": "Bindings"}
        assert files["255"] == {
            "FileName": "model",
            "SourceBucket": "vendor-firmware",
            "SourceKey": "models/m.bin",
            "Revision": "second",
        }

    def test_finds_files_by_name(self, stack):
        names = ["app.bin", "config.json", "fw.bin", "notes.txt"]
        assert [stack.defaults.file_id(name) for name in names] == [0, 1, 2, 3]
        names = ["model.json", "firmware", "readme.txt", "model"]
        assert [stack.everything.file_id(name) for name in names] == [0, 3, 7, 255]


class TestStream:
    def test_a_stream_has_an_id_an_arn_and_a_version_from_the_deployment(self, stack, attribute):
        assert stack.resolve(stack.defaults.stream_id) == attribute("StreamId")
        assert stack.resolve(stack.defaults.stream_arn) == attribute("StreamArn")
        assert stack.resolve(stack.defaults.stream_version) == attribute("StreamVersion")

    def test_a_stream_creates_role_bucket_and_handler_or_uses_those_of_its_properties(self, stack):
        assert "DeliveryRole" in logical_id(stack, stack.defaults.role.role_arn)
        assert logical_id(stack, stack.defaults.bucket.bucket_arn).startswith("IotFileStreamBucket")
        assert logical_id(stack, stack.defaults.handler.function_arn).startswith("CdkIotStreamsHandlerFunction")
        assert stack.everything.handler.node.path == stack.defaults.handler.node.path
        assert stack.everything.bucket.node.path == "Bindings/Objects"
        assert logical_id(stack, stack.everything.role.role_arn).startswith("Delivery")

    def test_a_stream_uses_description_bucket_key_prefix_role_and_update_strategy_of_its_properties(self, resource_of):
        _, resource = resource_of("everything")
        properties = resource["Properties"]
        assert properties["Description"] == "All that can be said"
        assert properties["Bucket"]["Ref"].startswith("Objects")
        assert properties["Prefix"]["Fn::Join"][1][0] == "streams/everything/"
        assert properties["UpdateStrategy"] == "NEW_STREAM"
        assert properties["RoleArn"]["Fn::GetAtt"][0].startswith("Delivery")
        _, resource = resource_of("Bindings-Defaults-A1E12092")
        assert resource["Properties"]["Description"] == "Bindings/Defaults"
        assert resource["Properties"]["UpdateStrategy"] == "IN_PLACE"

    def test_a_stream_has_the_tags_of_the_app(self, stack, resource_of):
        _, resource = resource_of("Bindings-Defaults-A1E12092")
        assert resource["Properties"]["Tags"] == {"team": "radio"}
        assert stack.defaults.cdk_tag_manager.tag_values() == {"team": "radio"}

    def test_a_stream_is_deleted_with_the_stack_unless_its_removal_policy_is_retain(self, resource_of):
        assert resource_of("Bindings-Defaults-A1E12092")[1]["DeletionPolicy"] == "Delete"
        assert resource_of("everything")[1]["DeletionPolicy"] == "RetainExceptOnCreate"
        another = Stack()
        stream = IotFileStream(another, "Stream", files=[StreamFile.from_text("a", "text")])
        stream.apply_removal_policy(RemovalPolicy.RETAIN)
        Template.from_stack(another).has_resource("Custom::IotFileStream", {"DeletionPolicy": "RetainExceptOnCreate"})

    def test_a_stream_grants_actions_to_a_role(self, template, attribute):
        def reader_may(actions, resource):
            statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
            template.has_resource_properties(
                "AWS::IAM::Policy",
                {
                    "PolicyName": Match.string_like_regexp("^Reader"),
                    "PolicyDocument": {"Statement": Match.array_with([statement])},
                },
            )

        reader_may("iot:DescribeStream", attribute("StreamArn"))
        reader_may(["iot:DescribeStream", "iot:DeleteStream"], [arn_of("everything"), arn_of("everything--????????")])
        reader_may("iot:DescribeStream", "arn:aws:iot:eu-west-1:111122223333:stream/far-away")


class TestStreamThatExistsAlready:
    def test_imports_a_stream_by_its_id(self, stack):
        assert stack.by_id.stream_id == "elsewhere"
        assert stack.resolve(stack.by_id.stream_arn) == arn_of("elsewhere")

    def test_imports_a_stream_by_its_arn(self, stack):
        assert stack.by_arn.stream_id == "far-away"
        assert stack.by_arn.stream_arn == "arn:aws:iot:eu-west-1:111122223333:stream/far-away"
        assert (stack.by_arn.env.account, stack.by_arn.env.region) == ("111122223333", "eu-west-1")


class TestWhatDevicesNeed:
    @pytest.fixture
    def job(self, template):
        return lambda name: template.find_resources("AWS::IoT::JobTemplate")[name]["Properties"]

    def test_returns_policy_statements_for_all_things_or_one(self, stack, template):
        [policy] = template.find_resources("AWS::IoT::Policy").values()
        statements = [json.dumps(statement) for statement in policy["Properties"]["PolicyDocument"]["Statement"]]
        assert len(statements) == 9
        assert "iot:AssumeRoleWithCertificate" in statements[8]
        assert ":client/${iot:Connection.Thing.ThingName}" in statements[0]
        assert ":topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/Bindings-Defaults-A1E12092/*" in statements[1]
        assert ":iot:eu-west-1:111122223333:client/sensor-1" in statements[3]
        assert "/things/sensor-1/streams/far-away/describe/cbor" in statements[4]
        resource = stack.resolve(stack.by_id.device_statements()[0].resources[0])
        assert resource["Fn::Join"][1][-1] == ":client/${iot:Connection.Thing.ThingName}"

    def test_writes_a_job_document_with_sorted_parameters(self, job, attribute):
        template_id = ["", [attribute("StreamId"), "-", attribute("StreamVersion"), "-install"]]
        assert job("Install")["JobTemplateId"] == {"Fn::Join": template_id}
        parts = job("Install")["Document"]["Fn::Join"][1]
        assert parts[0] == '{"operation":"install","streamId":"'
        assert parts[1:4] == [attribute("StreamId"), '","streamVersion":', attribute("StreamVersion")]
        assert parts[-3].endswith('"parameters":{"region":"')
        assert parts[-2] == {"Ref": "AWS::Region"}
        assert parts[-1] == '","slot":"B","steps":{"reboot":false,"tries":2,"verify":true}}}'

    def test_writes_a_job_document_of_the_ota_library(self, job):
        assert job("Ota")["Document"]["Fn::Join"][1][-1] == (
            '","files":['
            '{"filepath":"/firmware","filesize":70000,"fileid":3,"certfile":"signer.crt","fileType":1,"sig-sha256-ecdsa":"MEUCIQ=="},'
            '{"filepath":"model.json","filesize":2,"fileid":0,"certfile":"","sig-sha256-ecdsa":null}]}}'
        )


class TestASignedFile:
    @pytest.fixture
    def of_signed(self, resource_of):
        return lambda name: {"Fn::GetAtt": [resource_of(SIGNED_ID)[0], name]}

    def test_a_signed_file_names_its_key_and_algorithm(self, resource_of):
        properties = resource_of(SIGNED_ID)[1]["Properties"]
        files = [properties["Files"][file_id] for file_id in ("0", "1")]
        assert [file["SigningAlgorithm"] for file in files] == ["ECDSA_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256"]
        assert files[1]["SigningKeyArn"] == "arn:aws:kms:eu-west-1:111122223333:key/rsa"
        assert [properties["AnsweredSignatures"], properties["AnsweredLocations"]] == [["0", "1"], ["0"]]

    def test_a_signed_file_has_a_signature_and_a_location_from_the_deployment(self, stack, of_signed):
        location = stack.signed.file_location("app.bin")
        values = [stack.signed.signature("app.bin"), location.object_key, location.object_version]
        assert [stack.resolve(value) for value in values] == [of_signed(name) for name in ("Signature0", "ObjectKey0", "ObjectVersion0")]

    def test_a_job_document_of_the_ota_library_contains_the_signature_of_a_signed_file(self, template, of_signed):
        properties = template.find_resources("AWS::IoT::JobTemplate")["SignedOta"]["Properties"]
        assert properties["JobTemplateId"] == {"Fn::Join": ["", [of_signed("StreamId"), "-", of_signed("SignedRevision")]]}
        assert properties["Document"]["Fn::Join"][1][-4:] == [
            of_signed("Signature0"),
            '"},{"filepath":"notes.txt","filesize":7,"fileid":1,"certfile":"","sig-sha256-rsa":"',
            of_signed("Signature1"),
            '","sig-sha256-ecdsa":null}]}}',
        ]


class TestVideo:
    def test_declares_a_video_stream_with_every_option(self, stack, template):
        [resource] = template.find_resources("AWS::KinesisVideo::Stream").values()
        assert resource["Properties"] == {
            "Name": "front-door",
            "DeviceName": "camera-1",
            "MediaType": "video/h264",
            "DataRetentionInHours": 24,
            "StreamStorageConfiguration": {"DefaultStorageTier": "WARM"},
            "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001",
        }
        assert resource["DeletionPolicy"] == "Delete"
        assert stack.resolve(stack.door.stream_version)["Fn::GetAtt"][1] == "StreamVersion"
        assert stack.door.metrics.incoming_bytes().statistic == "Sum"

    def test_imports_a_video_stream(self, stack):
        assert (stack.gate.stream_name, stack.gate.env.region) == ("gate", "eu-west-1")

    def test_a_device_role_may_send_to_the_video_streams_of_the_device(self, template):
        actions = ["kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:PutMedia"]
        template.has_resource_properties(
            "AWS::IAM::Policy",
            {
                "PolicyName": Match.string_like_regexp("^CameraRole"),
                "PolicyDocument": {"Statement": Match.array_with([Match.object_like({"Action": actions})])},
            },
        )


class TestAMistakeIsAnErrorThatSaysWhatIsWrong:
    def test_a_wrong_file_raises_an_error_that_says_what_is_wrong(self):
        with pytest.raises(RuntimeError, match="'fileId' must be an integer between 0 and 255, got: 300$"):
            StreamFile.from_text("a", "text", file_id=300)

    def test_a_wrong_stream_raises_an_error_that_says_what_is_wrong(self):
        with pytest.raises(RuntimeError, match="'files' must contain 1 to 50 files, got: 0$"):
            IotFileStream(Stack(), "Stream", files=[])

    def test_a_wrong_name_raises_an_error_that_says_what_is_wrong(self, stack):
        names = "'app.bin', 'config.json', 'fw.bin', 'notes.txt'"
        with pytest.raises(RuntimeError, match=f"'fileName' must be one of {names}, got: 'app.hex'$"):
            stack.defaults.file_id("app.hex")
