package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	streams "github.com/cdk-iot-streams/cdk-iot-streams-go/cdkiotstreams"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Firmware"), nil)
	stream := streams.NewIotFileStream(stack, jsii.String("Stream"), &streams.IotFileStreamProps{
		Files: &[]streams.StreamFile{streams.StreamFile_FromAsset(jsii.String("build/app.bin"), nil)},
	})
	awscdk.NewCfnOutput(stack, jsii.String("StreamId"), &awscdk.CfnOutputProps{Value: stream.StreamId()})
	app.Synth(nil)
}
