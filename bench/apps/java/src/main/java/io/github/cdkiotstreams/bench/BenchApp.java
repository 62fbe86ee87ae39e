package io.github.cdkiotstreams.bench;

import io.github.cdkiotstreams.IotFileStream;
import io.github.cdkiotstreams.StreamFile;
import java.util.List;
import java.util.Map;
import software.amazon.awscdk.App;
import software.amazon.awscdk.CfnResource;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.s3.assets.Asset;

/** One stream of one file: by the library, or by the native resource and an asset. */
public final class BenchApp {
    private BenchApp() {}

    public static void main(final String[] arguments) {
        final App app = new App();
        final Stack stack = new Stack(app, "Bench");
        switch (arguments[0]) {
            case "ours" -> ours(stack, arguments[1]);
            case "native" -> nativeResource(stack, arguments[1]);
            default -> throw new IllegalArgumentException("the variant must be ours or native, got: " + arguments[0]);
        }
        app.synth();
    }

    private static void ours(final Stack stack, final String path) {
        IotFileStream.Builder.create(stack, "Stream").files(List.of(StreamFile.fromAsset(path))).build();
    }

    private static void nativeResource(final Stack stack, final String path) {
        final Asset asset = Asset.Builder.create(stack, "File").path(path).build();
        final Role role = Role.Builder.create(stack, "Role").assumedBy(new ServicePrincipal("iot.amazonaws.com")).build();
        asset.grantRead(role);
        final Map<String, String> location = Map.of("Bucket", asset.getS3BucketName(), "Key", asset.getS3ObjectKey());
        CfnResource.Builder.create(stack, "Stream")
            .type("AWS::IoT::Stream")
            .properties(Map.of(
                "StreamId", "Bench",
                "RoleArn", role.getRoleArn(),
                "Files", List.of(Map.of("FileId", 0, "S3Location", location))))
            .build()
            .getNode().addDependency(role);
    }
}
