from aws_cdk import App, CfnOutput, Stack
from cdk_iot_streams import IotFileStream, StreamFile

app = App()
stack = Stack(app, "Firmware")
stream = IotFileStream(stack, "Stream", files=[StreamFile.from_asset("build/app.bin")])
CfnOutput(stack, "StreamId", value=stream.stream_id)
app.synth()
