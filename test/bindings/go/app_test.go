package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/jsii-runtime-go"
	streams "github.com/cdk-iot-streams/cdk-iot-streams-go/cdkiotstreams"
)

const (
	defaultID = "Bindings-Defaults-A1E12092"
	signedID  = "Bindings-Signed-67F80835"
	sha256    = "f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039"
	asset     = "f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039.bin"
	directory = "SYNTHESISE_TO"
)

type object = map[string]any
type list = []any

var (
	stack    *BindingsStack
	template assertions.Template
)

// The test binary is the app as well, for the tests that want a process of their own.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		defer jsii.Close()
		if to := os.Getenv(directory); to != "" {
			synthesise(to)
			return 0
		}
		stack = NewBindingsStack(awscdk.NewApp(nil))
		template = assertions.Template_FromStack(stack.Stack, nil)
		return m.Run()
	}())
}

func TestEverySynthesisGivesTheTemplateThatAllLanguagesShare(t *testing.T) {
	golden, err := os.ReadFile(filepath.Join("shared", "golden.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, synthesis := range []string{"first", "second"} {
		t.Run(synthesis, func(t *testing.T) {
			to := t.TempDir()
			app := exec.Command(os.Args[0])
			app.Env = append(os.Environ(), directory+"="+to)
			if output, err := app.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, output)
			}
			synthesised, err := os.ReadFile(filepath.Join(to, "Bindings.template.json"))
			if err != nil {
				t.Fatal(err)
			}
			if string(synthesised) != string(golden) {
				t.Errorf("the template differs: %s", synthesised)
			}
		})
	}
}

func TestTheSmallestAppSynthesisesItsStream(t *testing.T) {
	to := t.TempDir()
	app := exec.Command("go", "run", "./smallest")
	app.Env = append(os.Environ(), "CDK_OUTDIR="+to)
	if output, err := app.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	synthesised, err := os.ReadFile(filepath.Join(to, "Firmware.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"Type": "Custom::IotFileStream"`, `"FileName": "app.bin"`} {
		if !strings.Contains(string(synthesised), part) {
			t.Errorf("the template has no %s: %s", part, synthesised)
		}
	}
}

func TestDeclaresFilesOfAllFourKinds(t *testing.T) {
	equal(t, properties(t, defaultID)["Files"], object{
		"0": object{
			"FileName":     "app.bin",
			"Sha256":       sha256,
			"Size":         "70000",
			"SourceBucket": object{"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"},
			"SourceKey":    asset,
		},
		"1": object{
			"FileName": "config.json",
			"Text": object{"Fn::Join": list{"", list{
				`{"hosts":["a","b"],"limits":{"blocks":8,"retries":3},"region":"`,
				object{"Ref": "AWS::Region"},
				`","strict":true}`,
			}}},
		},
		"2": object{"FileName": "fw.bin", "SourceBucket": "vendor-firmware", "SourceKey": "radio/fw.bin", "SourceVersion": "x7"},
		"3": object{"FileName": "notes.txt", "Sha256": "050d9a81f60c3de7fea750ca78fc4b81c2c1f8b620c7e7b75d012239e3f59295", "Size": "18", "Text": "Für alle Geräte\n"},
	})
}

func TestDeclaresFilesOfAllFourKindsWithEveryOption(t *testing.T) {
	files := properties(t, "everything")["Files"].(object)
	equal(t, len(files), 4)
	equal(t, files["0"], object{"FileName": "model.json", "Sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "Size": "2", "Text": "{}"})
	equal(t, files["3"].(object)["FileName"], "firmware")
	equal(t, files["3"].(object)["Size"], "70000")
	equal(t, files["7"], object{"FileName": "readme.txt", "Sha256": "7697ab84cd811cc93711c93ef0e92469f1e314a5e8957ad987d9b1fa54d691c4", "Size": "8", "Text": "Bindings"})
	equal(t, files["255"], object{"FileName": "model", "SourceBucket": "vendor-firmware", "SourceKey": "models/m.bin", "Revision": "second"})
}

func TestFindsFilesByName(t *testing.T) {
	for name, id := range map[string]float64{"app.bin": 0, "config.json": 1, "fw.bin": 2, "notes.txt": 3} {
		equal(t, *stack.Defaults.FileId(jsii.String(name)), id)
	}
	for name, id := range map[string]float64{"model.json": 0, "firmware": 3, "readme.txt": 7, "model": 255} {
		equal(t, *stack.Everything.FileId(jsii.String(name)), id)
	}
}

func TestStreamHasAnIdAnArnAndAVersionFromTheDeployment(t *testing.T) {
	equal(t, stack.Resolve(stack.Defaults.StreamId()), attribute(t, defaultID, "StreamId"))
	equal(t, stack.Resolve(stack.Defaults.StreamArn()), attribute(t, defaultID, "StreamArn"))
	equal(t, stack.Resolve(stack.Defaults.StreamVersion()), attribute(t, defaultID, "StreamVersion"))
}

func TestStreamCreatesItsPartsOrUsesThoseOfItsProperties(t *testing.T) {
	contains(t, logicalID(stack.Defaults.Role().RoleArn()), "DeliveryRole")
	contains(t, logicalID(stack.Defaults.Bucket().BucketArn()), "IotFileStreamBucket")
	contains(t, logicalID(stack.Defaults.Handler().FunctionArn()), "CdkIotStreamsHandlerFunction")
	equal(t, *stack.Everything.Handler().Node().Path(), *stack.Defaults.Handler().Node().Path())
	equal(t, *stack.Everything.Bucket().Node().Path(), "Bindings/Objects")
	contains(t, logicalID(stack.Everything.Role().RoleArn()), "Delivery")
}

func TestStreamUsesItsProperties(t *testing.T) {
	everything := properties(t, "everything")
	equal(t, everything["Description"], "All that can be said")
	contains(t, everything["Bucket"].(object)["Ref"].(string), "Objects")
	contains(t, fmt.Sprint(everything["Prefix"]), "streams/everything/")
	contains(t, fmt.Sprint(everything["RoleArn"]), "Delivery")
	equal(t, everything["UpdateStrategy"], "NEW_STREAM")
	equal(t, properties(t, defaultID)["Description"], "Bindings/Defaults")
	equal(t, properties(t, defaultID)["UpdateStrategy"], "IN_PLACE")
}

func TestStreamHasTheTagsOfTheApp(t *testing.T) {
	equal(t, properties(t, defaultID)["Tags"], object{"team": "radio"})
	equal(t, *(*stack.Defaults.CdkTagManager().TagValues())["team"], "radio")
}

func TestStreamIsDeletedWithTheStackUnlessItsRemovalPolicyIsRetain(t *testing.T) {
	_, deleted := resource(t, defaultID)
	equal(t, deleted["DeletionPolicy"], "Delete")
	_, retained := resource(t, "everything")
	equal(t, retained["DeletionPolicy"], "RetainExceptOnCreate")
	another := awscdk.NewStack(nil, nil, nil)
	stream := streams.NewIotFileStream(another, jsii.String("Stream"), &streams.IotFileStreamProps{
		Files: &[]streams.StreamFile{streams.StreamFile_FromText(jsii.String("a"), jsii.String("text"), nil)},
	})
	stream.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	assertions.Template_FromStack(another, nil).HasResource(jsii.String("Custom::IotFileStream"), object{"DeletionPolicy": "RetainExceptOnCreate"})
}

func TestStreamGrantsActionsToARole(t *testing.T) {
	readerMay("iot:DescribeStream", attribute(t, defaultID, "StreamArn"))
	readerMay(list{"iot:DescribeStream", "iot:DeleteStream"}, list{arnOf("everything"), arnOf("everything--????????")})
	readerMay("iot:DescribeStream", "arn:aws:iot:eu-west-1:111122223333:stream/far-away")
}

func TestImportsAStreamByItsId(t *testing.T) {
	equal(t, *stack.ByID.StreamId(), "elsewhere")
	equal(t, stack.Resolve(stack.ByID.StreamArn()), arnOf("elsewhere"))
}

func TestImportsAStreamByItsArn(t *testing.T) {
	equal(t, *stack.ByArn.StreamId(), "far-away")
	equal(t, *stack.ByArn.StreamArn(), "arn:aws:iot:eu-west-1:111122223333:stream/far-away")
	equal(t, *stack.ByArn.Env().Account, "111122223333")
	equal(t, *stack.ByArn.Env().Region, "eu-west-1")
}

func TestReturnsPolicyStatementsForDevices(t *testing.T) {
	for _, policy := range *template.FindResources(jsii.String("AWS::IoT::Policy"), nil) {
		statements := (*policy)["Properties"].(object)["PolicyDocument"].(object)["Statement"].(list)
		equal(t, len(statements), 9)
		contains(t, fmt.Sprint(statements[8]), "iot:AssumeRoleWithCertificate")
		contains(t, fmt.Sprint(statements[0]), ":client/${iot:Connection.Thing.ThingName}")
		contains(t, fmt.Sprint(statements[1]), ":topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/Bindings-Defaults-A1E12092/*")
		contains(t, fmt.Sprint(statements[3]), ":iot:eu-west-1:111122223333:client/sensor-1")
		contains(t, fmt.Sprint(statements[4]), "/things/sensor-1/streams/far-away/describe/cbor")
	}
	statement := (*stack.ByID.DeviceStatements(nil))[0]
	contains(t, fmt.Sprint(stack.Resolve((*statement.Resources())[0])), ":client/${iot:Connection.Thing.ThingName}")
}

func TestWritesAJobDocumentWithSortedParameters(t *testing.T) {
	job := jobTemplate("Install")
	equal(t, job["JobTemplateId"], object{"Fn::Join": list{"", list{
		attribute(t, defaultID, "StreamId"), "-", attribute(t, defaultID, "StreamVersion"), "-install",
	}}})
	parts := parts(job["Document"])
	last := len(parts) - 1
	equal(t, parts[0], `{"operation":"install","streamId":"`)
	equal(t, parts[1:4], list{attribute(t, defaultID, "StreamId"), `","streamVersion":`, attribute(t, defaultID, "StreamVersion")})
	contains(t, parts[last-2].(string), `"parameters":{"region":"`)
	equal(t, parts[last-1], object{"Ref": "AWS::Region"})
	equal(t, parts[last], `","slot":"B","steps":{"reboot":false,"tries":2,"verify":true}}}`)
}

func TestWritesAJobDocumentOfTheOtaLibrary(t *testing.T) {
	parts := parts(jobTemplate("Ota")["Document"])
	equal(t, parts[len(parts)-1], `","files":[`+
		`{"filepath":"/firmware","filesize":70000,"fileid":3,"certfile":"signer.crt","fileType":1,"sig-sha256-ecdsa":"MEUCIQ=="},`+
		`{"filepath":"model.json","filesize":2,"fileid":0,"certfile":"","sig-sha256-ecdsa":null}]}}`)
}

func TestSignedFilesHaveTheirSignaturesInAJobDocumentOfTheOtaLibrary(t *testing.T) {
	job := jobTemplate("SignedOta")
	equal(t, job["JobTemplateId"], object{"Fn::Join": list{"", list{
		attribute(t, signedID, "StreamId"), "-", attribute(t, signedID, "SignedRevision"),
	}}})
	parts := parts(job["Document"])
	equal(t, parts[len(parts)-4:], list{
		attribute(t, signedID, "Signature0"),
		`"},{"filepath":"notes.txt","filesize":7,"fileid":1,"certfile":"","sig-sha256-rsa":"`,
		attribute(t, signedID, "Signature1"),
		`","sig-sha256-ecdsa":null}]}}`,
	})
}

func TestSignedFilesHaveALocationFromTheDeployment(t *testing.T) {
	location := stack.Signed.FileLocation(jsii.String("app.bin"))
	equal(t, stack.Resolve(location.ObjectKey), attribute(t, signedID, "ObjectKey0"))
	equal(t, stack.Resolve(location.ObjectVersion), attribute(t, signedID, "ObjectVersion0"))
}

func TestDeclaresAVideoStreamWithEveryOption(t *testing.T) {
	for _, stream := range *template.FindResources(jsii.String("AWS::KinesisVideo::Stream"), nil) {
		equal(t, (*stream)["DeletionPolicy"], "Delete")
		equal(t, (*stream)["Properties"], object{
			"Name":                       "front-door",
			"DeviceName":                 "camera-1",
			"MediaType":                  "video/h264",
			"DataRetentionInHours":       float64(24),
			"StreamStorageConfiguration": object{"DefaultStorageTier": "WARM"},
			"KmsKeyId":                   "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001",
		})
	}
	contains(t, fmt.Sprint(stack.Resolve(stack.Door.StreamVersion())), "StreamVersion")
	equal(t, *stack.Door.Metrics().IncomingBytes(nil).Statistic(), "Sum")
}

func TestImportsAVideoStream(t *testing.T) {
	equal(t, *stack.Gate.StreamName(), "gate")
	equal(t, *stack.Gate.Env().Region, "eu-west-1")
}

func TestDeviceRoleMaySendToTheVideoStreamsOfTheDevice(t *testing.T) {
	template.HasResourceProperties(jsii.String("AWS::IAM::Policy"), object{
		"PolicyName": assertions.Match_StringLikeRegexp(jsii.String("^CameraRole")),
		"PolicyDocument": object{"Statement": assertions.Match_ArrayWith(&list{
			assertions.Match_ObjectLike(&object{
				"Action": list{"kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:PutMedia"},
			}),
		})},
	})
}

func TestWrongInputPanicsAndSaysWhatIsWrong(t *testing.T) {
	panics(t, "'fileId' must be an integer between 0 and 255, got: 300", func() {
		streams.StreamFile_FromText(jsii.String("a"), jsii.String("text"), &streams.StreamFileOptions{FileId: jsii.Number(300)})
	})
	panics(t, "'files' must contain 1 to 50 files, got: 0", func() {
		streams.NewIotFileStream(awscdk.NewStack(nil, nil, nil), jsii.String("Stream"), &streams.IotFileStreamProps{Files: &[]streams.StreamFile{}})
	})
	panics(t, "'fileName' must be one of 'app.bin', 'config.json', 'fw.bin', 'notes.txt', got: 'app.hex'", func() {
		stack.Defaults.FileId(jsii.String("app.hex"))
	})
}

func equal(t *testing.T, got, expected any) {
	t.Helper()
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("expected %v, got: %v", expected, got)
	}
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("expected something with %q, got: %q", part, text)
	}
}

func panics(t *testing.T, message string, action func()) {
	t.Helper()
	defer func() {
		t.Helper()
		contains(t, fmt.Sprint(recover()), message)
	}()
	action()
}

func readerMay(actions, resource any) {
	template.HasResourceProperties(jsii.String("AWS::IAM::Policy"), object{
		"PolicyName": assertions.Match_StringLikeRegexp(jsii.String("^Reader")),
		"PolicyDocument": object{"Statement": assertions.Match_ArrayWith(&list{
			object{"Effect": "Allow", "Action": actions, "Resource": resource},
		})},
	})
}

func resource(t *testing.T, streamID string) (string, object) {
	t.Helper()
	found := *template.FindResources(jsii.String("Custom::IotFileStream"), object{"Properties": object{"StreamId": streamID}})
	if len(found) != 1 {
		t.Fatalf("expected one stream %q, got: %d", streamID, len(found))
	}
	for id, resource := range found {
		return id, *resource
	}
	return "", nil
}

func properties(t *testing.T, streamID string) object {
	t.Helper()
	_, found := resource(t, streamID)
	return found["Properties"].(object)
}

func attribute(t *testing.T, streamID, name string) object {
	t.Helper()
	id, _ := resource(t, streamID)
	return object{"Fn::GetAtt": list{id, name}}
}

func jobTemplate(logicalID string) object {
	found := *template.FindResources(jsii.String("AWS::IoT::JobTemplate"), nil)
	return (*found[logicalID])["Properties"].(object)
}

func parts(joined any) list {
	return joined.(object)["Fn::Join"].(list)[1].(list)
}

func arnOf(streamID string) object {
	return object{"Fn::Join": list{"", list{
		"arn:", object{"Ref": "AWS::Partition"}, ":iot:", object{"Ref": "AWS::Region"}, ":", object{"Ref": "AWS::AccountId"}, ":stream/" + streamID,
	}}}
}

// Of the resource whose ARN it is.
func logicalID(arn *string) string {
	return stack.Resolve(arn).(object)["Fn::GetAtt"].(list)[0].(string)
}
