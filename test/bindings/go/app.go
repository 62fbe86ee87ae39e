// Package main is the app that every language writes down in its own way, and that has one template in all of them.
package main

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiot"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	streams "github.com/cdk-iot-streams/cdk-iot-streams-go/cdkiotstreams"
)

var firmware = jsii.String(filepath.Join("shared", "app.bin"))

// BindingsStack has what the tests look at.
type BindingsStack struct {
	awscdk.Stack
	Defaults   streams.IotFileStream
	Everything streams.IotFileStream
	Signed     streams.IotFileStream
	ByID       streams.IIotFileStream
	ByArn      streams.IIotFileStream
	Door       streams.KinesisVideoStream
	Gate       streams.IKinesisVideoStream
}

// NewBindingsStack makes the stack of all languages.
func NewBindingsStack(scope constructs.Construct) *BindingsStack {
	stack := awscdk.NewStack(scope, jsii.String("Bindings"), nil)
	vendor := awss3.Bucket_FromBucketName(stack, jsii.String("Vendor"), jsii.String("vendor-firmware"))
	objects := awss3.NewBucket(stack, jsii.String("Objects"), &awss3.BucketProps{Versioned: jsii.Bool(true)})
	reader := awsiam.NewRole(stack, jsii.String("Reader"), &awsiam.RoleProps{AssumedBy: awsiam.NewAccountRootPrincipal()})

	defaults := streams.NewIotFileStream(stack, jsii.String("Defaults"), &streams.IotFileStreamProps{
		Files: &[]streams.StreamFile{
			streams.StreamFile_FromAsset(firmware, nil),
			streams.StreamFile_FromJson(jsii.String("config.json"), map[string]any{
				"region": stack.Region(),
				"limits": map[string]any{"retries": 3, "blocks": 8},
				"hosts":  []string{"a", "b"},
				"strict": true,
			}, nil),
			streams.StreamFile_FromBucket(vendor, jsii.String("radio/fw.bin"), &streams.StreamBucketFileOptions{
				ObjectVersion: jsii.String("x7"),
			}),
			streams.StreamFile_FromText(jsii.String("notes.txt"), jsii.String("Für alle Geräte\n"), nil),
		},
	})
	awscdk.Tags_Of(defaults).Add(jsii.String("team"), jsii.String("radio"), nil)
	defaults.Grants().Describe(reader)

	delivery := awsiam.NewRole(stack, jsii.String("Delivery"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("iot.amazonaws.com"), nil),
	})
	delivery.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	everything := streams.NewIotFileStream(stack, jsii.String("Everything"), &streams.IotFileStreamProps{
		Files: &[]streams.StreamFile{
			streams.StreamFile_FromAsset(firmware, &streams.StreamAssetFileOptions{
				FileId:   jsii.Number(3),
				FileName: jsii.String("firmware"),
			}),
			streams.StreamFile_FromJson(jsii.String("model.json"), map[string]any{}, &streams.StreamFileOptions{FileId: jsii.Number(0)}),
			streams.StreamFile_FromBucket(vendor, jsii.String("models/m.bin"), &streams.StreamBucketFileOptions{
				FileId:   jsii.Number(255),
				FileName: jsii.String("model"),
				Revision: jsii.String("second"),
			}),
			streams.StreamFile_FromText(jsii.String("readme.txt"), stack.StackName(), &streams.StreamFileOptions{FileId: jsii.Number(7)}),
		},
		StreamId:       jsii.String("everything"),
		Description:    jsii.String("All that can be said"),
		Bucket:         objects,
		KeyPrefix:      jsii.String("streams/"),
		Role:           delivery,
		UpdateStrategy: streams.UpdateStrategy_NEW_STREAM,
		RemovalPolicy:  awscdk.RemovalPolicy_RETAIN,
		MaxFileSize:    awscdk.Size_Mebibytes(jsii.Number(1)),
	})
	everything.Grants().Actions(reader, jsii.Strings("iot:DescribeStream", "iot:DeleteStream"))

	byID := streams.IotFileStream_FromStreamId(stack, jsii.String("ById"), jsii.String("elsewhere"))
	byArn := streams.IotFileStream_FromStreamArn(stack, jsii.String("ByArn"), jsii.String("arn:aws:iot:eu-west-1:111122223333:stream/far-away"))
	byArn.Grants().Describe(reader)

	camera := streams.NewDeviceRole(stack, jsii.String("Camera"), &streams.DeviceRoleProps{
		RoleAliasName:      jsii.String("cameras"),
		CredentialDuration: awscdk.Duration_Hours(jsii.Number(2)),
	})
	camera.GrantOwnVideoStreams()
	videoKey := awskms.Key_FromKeyArn(stack, jsii.String("VideoKey"), jsii.String("arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001"))
	door := streams.NewKinesisVideoStream(stack, jsii.String("Door"), &streams.KinesisVideoStreamProps{
		StreamName:    jsii.String("front-door"),
		DeviceName:    jsii.String("camera-1"),
		MediaType:     jsii.String("video/h264"),
		Retention:     awscdk.Duration_Hours(jsii.Number(24)),
		StorageTier:   streams.StorageTier_WARM,
		EncryptionKey: videoKey,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		ExposeVersion: jsii.Bool(true),
	})
	door.Grants().PutMedia(camera)
	gate := streams.KinesisVideoStream_FromStreamArn(stack, jsii.String("Gate"), jsii.String("arn:aws:kinesisvideo:eu-west-1:111122223333:stream/gate/1700000000000"))
	gate.Grants().ReadMedia(reader)

	statements := append(*defaults.DeviceStatements(nil), *byArn.DeviceStatements(&streams.DeviceStatementsOptions{
		ThingName: jsii.String("sensor-1"),
		Encoding:  streams.StreamEncoding_CBOR,
	})...)
	statements = append(statements, *camera.DeviceStatements()...)
	awsiot.NewCfnPolicy(stack, jsii.String("DevicePolicy"), &awsiot.CfnPolicyProps{
		PolicyDocument: awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
	})
	awsiot.NewCfnJobTemplate(stack, jsii.String("Install"), &awsiot.CfnJobTemplateProps{
		JobTemplateId: defaults.JobId(jsii.String("install")),
		Description:   jsii.String("Install the firmware"),
		Document: defaults.JobDocument(&streams.JobDocumentOptions{
			Operation:  jsii.String("install"),
			PinVersion: jsii.Bool(true),
			Parameters: &map[string]any{
				"slot":   "B",
				"region": stack.Region(),
				"steps":  map[string]any{"verify": true, "reboot": false, "tries": 2},
			},
		}),
	})
	awsiot.NewCfnJobTemplate(stack, jsii.String("Ota"), &awsiot.CfnJobTemplateProps{
		JobTemplateId: everything.JobId(nil),
		Description:   jsii.String("Install the firmware over the air"),
		Document: everything.OtaJobDocument(&streams.OtaJobDocumentOptions{
			Files: &[]*streams.OtaJobFile{
				{
					FileId:          jsii.Number(3),
					FilePath:        jsii.String("/firmware"),
					CertificateFile: jsii.String("signer.crt"),
					Signature:       jsii.String("MEUCIQ=="),
					FileType:        jsii.Number(1),
				},
				{FileId: jsii.Number(0)},
			},
		}),
	})

	ecdsaKey := awskms.NewKey(stack, jsii.String("CodeSigning"), &awskms.KeyProps{
		KeySpec:  awskms.KeySpec_ECC_NIST_P256,
		KeyUsage: awskms.KeyUsage_SIGN_VERIFY,
	})
	rsaKey := awskms.Key_FromKeyArn(stack, jsii.String("RsaCodeSigning"), jsii.String("arn:aws:kms:eu-west-1:111122223333:key/rsa"))
	signed := streams.NewIotFileStream(stack, jsii.String("Signed"), &streams.IotFileStreamProps{
		Files: &[]streams.StreamFile{
			streams.StreamFile_FromAsset(firmware, &streams.StreamAssetFileOptions{Signing: streams.FileSigning_KmsKey(ecdsaKey, nil)}),
			streams.StreamFile_FromText(jsii.String("notes.txt"), jsii.String("Signed\n"), &streams.StreamFileOptions{
				Signing: streams.FileSigning_KmsKey(rsaKey, &streams.KmsSigningOptions{
					Algorithm: streams.SigningAlgorithm_RSASSA_PKCS1_V1_5_SHA_256,
				}),
			}),
		},
	})
	awsiot.NewCfnJobTemplate(stack, jsii.String("SignedOta"), &awsiot.CfnJobTemplateProps{
		JobTemplateId: signed.JobId(nil),
		Description:   jsii.String("Install the signed firmware over the air"),
		Document:      signed.OtaJobDocument(nil),
	})

	output := func(id string, value *string) {
		awscdk.NewCfnOutput(stack, jsii.String(id), &awscdk.CfnOutputProps{Value: value})
	}
	location := signed.FileLocation(jsii.String("app.bin"))
	output("Signature", signed.Signature(jsii.String("app.bin")))
	output("BucketName", location.BucketName)
	output("ObjectKey", location.ObjectKey)
	output("ObjectVersion", location.ObjectVersion)
	output("StreamId", defaults.StreamId())
	output("StreamArn", defaults.StreamArn())
	output("StreamVersion", defaults.StreamVersion())
	output("VideoVersion", door.StreamVersion())
	output("NotesFileId", jsii.String(strconv.Itoa(int(*defaults.FileId(jsii.String("notes.txt"))))))
	return &BindingsStack{stack, defaults, everything, signed, byID, byArn, door, gate}
}

func synthesise(directory string) {
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(directory)})
	NewBindingsStack(app)
	app.Synth(nil)
}

func main() {
	defer jsii.Close()
	synthesise(os.Args[1])
}
