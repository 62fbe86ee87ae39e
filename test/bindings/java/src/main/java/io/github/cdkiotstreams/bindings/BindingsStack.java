package io.github.cdkiotstreams.bindings;

import io.github.cdkiotstreams.IIotFileStream;
import io.github.cdkiotstreams.DeviceRole;
import io.github.cdkiotstreams.DeviceStatementsOptions;
import io.github.cdkiotstreams.IKinesisVideoStream;
import io.github.cdkiotstreams.FileLocation;
import io.github.cdkiotstreams.FileSigning;
import io.github.cdkiotstreams.IotFileStream;
import io.github.cdkiotstreams.JobDocumentOptions;
import io.github.cdkiotstreams.KmsSigningOptions;
import io.github.cdkiotstreams.KinesisVideoStream;
import io.github.cdkiotstreams.OtaJobDocumentOptions;
import io.github.cdkiotstreams.OtaJobFile;
import io.github.cdkiotstreams.SigningAlgorithm;
import io.github.cdkiotstreams.StorageTier;
import io.github.cdkiotstreams.StreamAssetFileOptions;
import io.github.cdkiotstreams.StreamBucketFileOptions;
import io.github.cdkiotstreams.StreamEncoding;
import io.github.cdkiotstreams.StreamFile;
import io.github.cdkiotstreams.StreamFileOptions;
import io.github.cdkiotstreams.UpdateStrategy;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import software.amazon.awscdk.App;
import software.amazon.awscdk.AppProps;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Size;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.iam.AccountRootPrincipal;
import software.amazon.awscdk.services.iam.PolicyDocument;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.iot.CfnJobTemplate;
import software.amazon.awscdk.services.iot.CfnPolicy;
import software.amazon.awscdk.services.kms.IKey;
import software.amazon.awscdk.services.kms.Key;
import software.amazon.awscdk.services.kms.KeySpec;
import software.amazon.awscdk.services.kms.KeyUsage;
import software.amazon.awscdk.services.s3.Bucket;
import software.amazon.awscdk.services.s3.IBucket;

/** The app that every language writes down in its own way, and that has one template in all of them. */
public final class BindingsStack extends Stack {
    private static final String FIRMWARE = Path.of("shared", "app.bin").toString();

    final IotFileStream defaults;
    final IotFileStream everything;
    final IotFileStream signed;
    final IIotFileStream byId;
    final IIotFileStream byArn;
    final KinesisVideoStream door;
    final IKinesisVideoStream gate;

    public BindingsStack(final App app) {
        super(app, "Bindings");
        IBucket vendor = Bucket.fromBucketName(this, "Vendor", "vendor-firmware");
        Bucket objects = Bucket.Builder.create(this, "Objects").versioned(true).build();
        Role reader = Role.Builder.create(this, "Reader").assumedBy(new AccountRootPrincipal()).build();

        defaults = IotFileStream.Builder.create(this, "Defaults")
            .files(List.of(
                StreamFile.fromAsset(FIRMWARE),
                StreamFile.fromJson("config.json", Map.of(
                    "region", getRegion(),
                    "limits", Map.of("retries", 3, "blocks", 8),
                    "hosts", List.of("a", "b"),
                    "strict", true)),
                StreamFile.fromBucket(vendor, "radio/fw.bin", StreamBucketFileOptions.builder().objectVersion("x7").build()),
                StreamFile.fromText("notes.txt", "Für alle Geräte\n")))
            .build();
        Tags.of(defaults).add("team", "radio");
        defaults.getGrants().describe(reader);

        Role delivery = Role.Builder.create(this, "Delivery").assumedBy(new ServicePrincipal("iot.amazonaws.com")).build();
        delivery.applyRemovalPolicy(RemovalPolicy.RETAIN);
        everything = IotFileStream.Builder.create(this, "Everything")
            .files(List.of(
                StreamFile.fromAsset(FIRMWARE, StreamAssetFileOptions.builder().fileId(3).fileName("firmware").build()),
                StreamFile.fromJson("model.json", Map.of(), StreamFileOptions.builder().fileId(0).build()),
                StreamFile.fromBucket(vendor, "models/m.bin",
                    StreamBucketFileOptions.builder().fileId(255).fileName("model").revision("second").build()),
                StreamFile.fromText("readme.txt", getStackName(), StreamFileOptions.builder().fileId(7).build())))
            .streamId("everything")
            .description("All that can be said")
            .bucket(objects)
            .keyPrefix("streams/")
            .role(delivery)
            .updateStrategy(UpdateStrategy.NEW_STREAM)
            .removalPolicy(RemovalPolicy.RETAIN)
            .maxFileSize(Size.mebibytes(1))
            .build();
        everything.getGrants().actions(reader, List.of("iot:DescribeStream", "iot:DeleteStream"));

        byId = IotFileStream.fromStreamId(this, "ById", "elsewhere");
        byArn = IotFileStream.fromStreamArn(this, "ByArn", "arn:aws:iot:eu-west-1:111122223333:stream/far-away");
        byArn.getGrants().describe(reader);

        DeviceRole camera = DeviceRole.Builder.create(this, "Camera").roleAliasName("cameras").credentialDuration(Duration.hours(2)).build();
        camera.grantOwnVideoStreams();
        door = KinesisVideoStream.Builder.create(this, "Door")
            .streamName("front-door")
            .deviceName("camera-1")
            .mediaType("video/h264")
            .retention(Duration.hours(24))
            .storageTier(StorageTier.WARM)
            .encryptionKey(Key.fromKeyArn(this, "VideoKey", "arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001"))
            .removalPolicy(RemovalPolicy.DESTROY)
            .exposeVersion(true)
            .build();
        door.getGrants().putMedia(camera);
        gate = KinesisVideoStream.fromStreamArn(this, "Gate", "arn:aws:kinesisvideo:eu-west-1:111122223333:stream/gate/1700000000000");
        gate.getGrants().readMedia(reader);

        CfnPolicy.Builder.create(this, "DevicePolicy")
            .policyDocument(PolicyDocument.Builder.create()
                .statements(Stream.of(
                    defaults.deviceStatements(),
                    byArn.deviceStatements(DeviceStatementsOptions.builder().thingName("sensor-1").encoding(StreamEncoding.CBOR).build()),
                    camera.deviceStatements()).flatMap(Collection::stream).toList())
                .build())
            .build();
        CfnJobTemplate.Builder.create(this, "Install")
            .jobTemplateId(defaults.jobId("install"))
            .description("Install the firmware")
            .document(defaults.jobDocument(JobDocumentOptions.builder()
                .operation("install")
                .pinVersion(true)
                .parameters(Map.of("slot", "B", "region", getRegion(), "steps", Map.of("verify", true, "reboot", false, "tries", 2)))
                .build()))
            .build();
        CfnJobTemplate.Builder.create(this, "Ota")
            .jobTemplateId(everything.jobId())
            .description("Install the firmware over the air")
            .document(everything.otaJobDocument(OtaJobDocumentOptions.builder()
                .files(List.of(
                    OtaJobFile.builder().fileId(3).filePath("/firmware").certificateFile("signer.crt").signature("MEUCIQ==").fileType(1).build(),
                    OtaJobFile.builder().fileId(0).build()))
                .build()))
            .build();

        Key ecdsaKey = Key.Builder.create(this, "CodeSigning").keySpec(KeySpec.ECC_NIST_P256).keyUsage(KeyUsage.SIGN_VERIFY).build();
        IKey rsaKey = Key.fromKeyArn(this, "RsaCodeSigning", "arn:aws:kms:eu-west-1:111122223333:key/rsa");
        signed = IotFileStream.Builder.create(this, "Signed")
            .files(List.of(
                StreamFile.fromAsset(FIRMWARE, StreamAssetFileOptions.builder().signing(FileSigning.kmsKey(ecdsaKey)).build()),
                StreamFile.fromText("notes.txt", "Signed\n", StreamFileOptions.builder()
                    .signing(FileSigning.kmsKey(rsaKey,
                        KmsSigningOptions.builder().algorithm(SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256).build()))
                    .build())))
            .build();
        CfnJobTemplate.Builder.create(this, "SignedOta")
            .jobTemplateId(signed.jobId())
            .description("Install the signed firmware over the air")
            .document(signed.otaJobDocument())
            .build();
        FileLocation location = signed.fileLocation("app.bin");
        output("Signature", signed.signature("app.bin"));
        output("BucketName", location.getBucketName());
        output("ObjectKey", location.getObjectKey());
        output("ObjectVersion", location.getObjectVersion());

        output("StreamId", defaults.getStreamId());
        output("StreamArn", defaults.getStreamArn());
        output("StreamVersion", defaults.getStreamVersion());
        output("VideoVersion", door.getStreamVersion());
        output("NotesFileId", String.valueOf(defaults.fileId("notes.txt").intValue()));
    }

    private void output(final String id, final String value) {
        CfnOutput.Builder.create(this, id).value(value).build();
    }

    public static void main(final String[] arguments) {
        App app = new App(AppProps.builder().outdir(arguments[0]).build());
        new BindingsStack(app);
        app.synth();
    }
}
