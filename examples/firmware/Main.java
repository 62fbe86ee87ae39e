import io.github.cdkiotstreams.IotFileStream;
import io.github.cdkiotstreams.StreamFile;
import java.util.List;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Stack;

public final class Main {
    public static void main(String[] arguments) {
        App app = new App();
        Stack stack = new Stack(app, "Firmware");
        IotFileStream stream = IotFileStream.Builder.create(stack, "Stream")
            .files(List.of(StreamFile.fromAsset("build/app.bin")))
            .build();
        CfnOutput.Builder.create(stack, "StreamId").value(stream.getStreamId()).build();
        app.synth();
    }
}
