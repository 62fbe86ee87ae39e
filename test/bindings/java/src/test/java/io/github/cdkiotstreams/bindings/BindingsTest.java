package io.github.cdkiotstreams.bindings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cdkiotstreams.IotFileStream;
import io.github.cdkiotstreams.StreamFile;
import io.github.cdkiotstreams.StreamFileOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awscdk.App;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.assertions.Match;
import software.amazon.awscdk.assertions.Template;

class BindingsTest {
    private static final String SHA256 = "f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039";
    private static final String ASSET = "f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039.bin";
    private static final String DEFAULT_ID = "Bindings-Defaults-A1E12092";
    private static final String SIGNED_ID = "Bindings-Signed-67F80835";

    private static BindingsStack stack;
    private static Template template;

    @BeforeAll
    static void synthesise() {
        stack = new BindingsStack(new App());
        template = Template.fromStack(stack);
    }

    @ParameterizedTest
    @ValueSource(strings = {"first", "second"})
    @DisplayName("every synthesis gives the template that all languages share, byte for byte")
    void golden(final String synthesis, @TempDir final Path directory) throws Exception {
        // a process of its own: the order of Map.of differs from process to process
        assertEquals(0, java(BindingsStack.class.getName(), directory.toString()).start().waitFor());
        assertArrayEquals(
            Files.readAllBytes(Path.of("shared", "golden.template.json")),
            Files.readAllBytes(directory.resolve("Bindings.template.json")));
    }

    @Test
    @DisplayName("the smallest app synthesises its stream")
    void smallest(@TempDir final Path directory) throws Exception {
        ProcessBuilder app = java("Main");
        app.environment().put("CDK_OUTDIR", directory.toString());
        assertEquals(0, app.start().waitFor());
        String synthesised = Files.readString(directory.resolve("Firmware.template.json"));
        assertTrue(synthesised.contains("\"Type\": \"Custom::IotFileStream\""), synthesised);
        assertTrue(synthesised.contains("\"FileName\": \"app.bin\""), synthesised);
    }

    private static ProcessBuilder java(final String... command) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> all = Stream.concat(Stream.of("java", "-cp", classPath), Stream.of(command)).toList();
        return new ProcessBuilder(all).inheritIO();
    }

    @Test
    @DisplayName("declares files of all four kinds with positional IDs")
    void files() {
        assertEquals(
            Map.of(
                "0", Map.of(
                    "FileName", "app.bin",
                    "Sha256", SHA256,
                    "Size", "70000",
                    "SourceBucket", Map.of("Fn::Sub", "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"),
                    "SourceKey", ASSET),
                "1", Map.of(
                    "FileName", "config.json",
                    "Text", Map.of("Fn::Join", List.of("", List.of(
                        "{\"hosts\":[\"a\",\"b\"],\"limits\":{\"blocks\":8,\"retries\":3},\"region\":\"",
                        Map.of("Ref", "AWS::Region"),
                        "\",\"strict\":true}")))),
                "2", Map.of("FileName", "fw.bin", "SourceBucket", "vendor-firmware", "SourceKey", "radio/fw.bin", "SourceVersion", "x7"),
                "3", Map.of("FileName", "notes.txt", "Sha256", "050d9a81f60c3de7fea750ca78fc4b81c2c1f8b620c7e7b75d012239e3f59295", "Size", "18", "Text", "Für alle Geräte\n")),
            properties(DEFAULT_ID).get("Files"));
    }

    @Test
    @DisplayName("declares files of all four kinds with every option")
    void filesWithOptions() {
        Map<String, Object> files = map(properties("everything").get("Files"));
        assertEquals(4, files.size());
        assertEquals(Map.of("FileName", "model.json", "Sha256", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", "Size", "2", "Text", "{}"), files.get("0"));
        assertEquals("firmware", map(files.get("3")).get("FileName"));
        assertEquals("70000", map(files.get("3")).get("Size"));
        assertEquals(Map.of("FileName", "readme.txt", "Sha256", "7697ab84cd811cc93711c93ef0e92469f1e314a5e8957ad987d9b1fa54d691c4", "Size", "8", "Text", "Bindings"), files.get("7"));
        assertEquals(
            Map.of("FileName", "model", "SourceBucket", "vendor-firmware", "SourceKey", "models/m.bin", "Revision", "second"),
            files.get("255"));
    }

    @Test
    @DisplayName("finds files by name")
    void fileIds() {
        assertEquals(0, stack.defaults.fileId("app.bin").intValue());
        assertEquals(1, stack.defaults.fileId("config.json").intValue());
        assertEquals(2, stack.defaults.fileId("fw.bin").intValue());
        assertEquals(3, stack.defaults.fileId("notes.txt").intValue());
        assertEquals(0, stack.everything.fileId("model.json").intValue());
        assertEquals(3, stack.everything.fileId("firmware").intValue());
        assertEquals(7, stack.everything.fileId("readme.txt").intValue());
        assertEquals(255, stack.everything.fileId("model").intValue());
    }

    @Test
    @DisplayName("a stream has an ID, an ARN and a version from the deployment")
    void attributes() {
        assertEquals(attribute(DEFAULT_ID, "StreamId"), stack.resolve(stack.defaults.getStreamId()));
        assertEquals(attribute(DEFAULT_ID, "StreamArn"), stack.resolve(stack.defaults.getStreamArn()));
        assertEquals(attribute(DEFAULT_ID, "StreamVersion"), stack.resolve(stack.defaults.getStreamVersion()));
    }

    @Test
    @DisplayName("a stream creates role, bucket and handler, or uses those of its properties")
    void parts() {
        assertTrue(logicalId(stack.defaults.getRole().getRoleArn()).contains("DeliveryRole"));
        assertTrue(logicalId(stack.defaults.getBucket().getBucketArn()).startsWith("IotFileStreamBucket"));
        assertTrue(logicalId(stack.defaults.getHandler().getFunctionArn()).startsWith("CdkIotStreamsHandlerFunction"));
        assertEquals(stack.defaults.getHandler().getNode().getPath(), stack.everything.getHandler().getNode().getPath());
        assertEquals("Bindings/Objects", stack.everything.getBucket().getNode().getPath());
        assertTrue(logicalId(stack.everything.getRole().getRoleArn()).startsWith("Delivery"));
    }

    @Test
    @DisplayName("a stream uses description, bucket, key prefix, role and update strategy of its properties")
    void streamProperties() {
        Map<String, Object> properties = properties("everything");
        assertEquals("All that can be said", properties.get("Description"));
        assertTrue(map(properties.get("Bucket")).get("Ref").toString().startsWith("Objects"));
        assertTrue(properties.get("Prefix").toString().contains("streams/everything/"));
        assertTrue(properties.get("RoleArn").toString().contains("Delivery"));
        assertEquals("NEW_STREAM", properties.get("UpdateStrategy"));
        assertEquals("Bindings/Defaults", properties(DEFAULT_ID).get("Description"));
        assertEquals("IN_PLACE", properties(DEFAULT_ID).get("UpdateStrategy"));
    }

    @Test
    @DisplayName("a stream has the tags of the app")
    void tags() {
        assertEquals(Map.of("team", "radio"), properties(DEFAULT_ID).get("Tags"));
        assertEquals(Map.of("team", "radio"), stack.defaults.getCdkTagManager().tagValues());
    }

    @Test
    @DisplayName("a stream is deleted with the stack, unless its removal policy is RETAIN")
    void removal() {
        assertEquals("Delete", resource(DEFAULT_ID).getValue().get("DeletionPolicy"));
        assertEquals("RetainExceptOnCreate", resource("everything").getValue().get("DeletionPolicy"));
        Stack another = new Stack();
        IotFileStream stream = IotFileStream.Builder.create(another, "Stream").files(List.of(StreamFile.fromText("a", "text"))).build();
        stream.applyRemovalPolicy(RemovalPolicy.RETAIN);
        Template.fromStack(another).hasResource("Custom::IotFileStream", Map.of("DeletionPolicy", "RetainExceptOnCreate"));
    }

    @Test
    @DisplayName("a stream grants actions to a role")
    void grants() {
        readerMay("iot:DescribeStream", attribute(DEFAULT_ID, "StreamArn"));
        readerMay(List.of("iot:DescribeStream", "iot:DeleteStream"), List.of(arnOf("everything"), arnOf("everything--????????")));
        readerMay("iot:DescribeStream", "arn:aws:iot:eu-west-1:111122223333:stream/far-away");
    }

    @Test
    @DisplayName("imports a stream by its ID")
    void byId() {
        assertEquals("elsewhere", stack.byId.getStreamId());
        assertEquals(arnOf("elsewhere"), stack.resolve(stack.byId.getStreamArn()));
    }

    @Test
    @DisplayName("imports a stream by its ARN")
    void byArn() {
        assertEquals("far-away", stack.byArn.getStreamId());
        assertEquals("arn:aws:iot:eu-west-1:111122223333:stream/far-away", stack.byArn.getStreamArn());
        assertEquals("111122223333", stack.byArn.getEnv().getAccount());
        assertEquals("eu-west-1", stack.byArn.getEnv().getRegion());
    }

    @Test
    @DisplayName("returns policy statements for all things or one")
    void deviceStatements() {
        Map<String, Object> policy = properties(template.findResources("AWS::IoT::Policy").values().iterator().next());
        List<?> statements = (List<?>) map(policy.get("PolicyDocument")).get("Statement");
        assertEquals(9, statements.size());
        assertContains("iot:AssumeRoleWithCertificate", statements.get(8));
        assertContains(":client/${iot:Connection.Thing.ThingName}", statements.get(0));
        assertContains(":topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/Bindings-Defaults-A1E12092/*", statements.get(1));
        assertContains(":iot:eu-west-1:111122223333:client/sensor-1", statements.get(3));
        assertContains("/things/sensor-1/streams/far-away/describe/cbor", statements.get(4));
        assertContains(":client/${iot:Connection.Thing.ThingName}",
            stack.resolve(stack.byId.deviceStatements().get(0).getResources().get(0)));
    }

    @Test
    @DisplayName("writes a job document with sorted parameters")
    void jobDocument() {
        Map<String, Object> job = jobTemplate("Install");
        assertEquals(
            Map.of("Fn::Join", List.of("", List.of(
                attribute(DEFAULT_ID, "StreamId"), "-", attribute(DEFAULT_ID, "StreamVersion"), "-install"))),
            job.get("JobTemplateId"));
        List<?> parts = parts(job.get("Document"));
        assertEquals("{\"operation\":\"install\",\"streamId\":\"", parts.get(0));
        assertEquals(
            List.of(attribute(DEFAULT_ID, "StreamId"), "\",\"streamVersion\":", attribute(DEFAULT_ID, "StreamVersion")), parts.subList(1, 4));
        assertTrue(parts.get(parts.size() - 3).toString().endsWith("\"parameters\":{\"region\":\""));
        assertEquals(Map.of("Ref", "AWS::Region"), parts.get(parts.size() - 2));
        assertEquals(
            "\",\"slot\":\"B\",\"steps\":{\"reboot\":false,\"tries\":2,\"verify\":true}}}", parts.get(parts.size() - 1));
    }

    @Test
    @DisplayName("writes a job document of the OTA library")
    void otaJobDocument() {
        List<?> parts = parts(jobTemplate("Ota").get("Document"));
        assertEquals(
            "\",\"files\":["
                + "{\"filepath\":\"/firmware\",\"filesize\":70000,\"fileid\":3,\"certfile\":\"signer.crt\",\"fileType\":1,"
                + "\"sig-sha256-ecdsa\":\"MEUCIQ==\"},"
                + "{\"filepath\":\"model.json\",\"filesize\":2,\"fileid\":0,\"certfile\":\"\",\"sig-sha256-ecdsa\":null}]}}",
            parts.get(parts.size() - 1));
    }

    @Test
    @DisplayName("a job document of the OTA library contains the signatures of signed files")
    void signedOtaJobDocument() {
        List<?> parts = parts(jobTemplate("SignedOta").get("Document"));
        assertEquals(
            List.of(
                attribute(SIGNED_ID, "Signature0"),
                "\"},{\"filepath\":\"notes.txt\",\"filesize\":7,\"fileid\":1,\"certfile\":\"\",\"sig-sha256-rsa\":\"",
                attribute(SIGNED_ID, "Signature1"),
                "\",\"sig-sha256-ecdsa\":null}]}}"),
            parts.subList(parts.size() - 4, parts.size()));
    }

    @Test
    @DisplayName("signed files have a location from the deployment")
    void fileLocation() {
        assertEquals(attribute(SIGNED_ID, "ObjectKey0"), stack.resolve(stack.signed.fileLocation("app.bin").getObjectKey()));
        assertEquals(attribute(SIGNED_ID, "ObjectVersion0"), stack.resolve(stack.signed.fileLocation("app.bin").getObjectVersion()));
    }

    @Test
    @DisplayName("declares a video stream with every option")
    void video() {
        Map<String, Object> resource = template.findResources("AWS::KinesisVideo::Stream").values().iterator().next();
        Map<String, Object> properties = properties(resource);
        assertEquals(6, properties.size());
        assertEquals("front-door", properties.get("Name"));
        assertEquals("camera-1", properties.get("DeviceName"));
        assertEquals("video/h264", properties.get("MediaType"));
        assertEquals(24, ((Number) properties.get("DataRetentionInHours")).intValue());
        assertEquals(Map.of("DefaultStorageTier", "WARM"), properties.get("StreamStorageConfiguration"));
        assertEquals("arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001", properties.get("KmsKeyId"));
        assertEquals("Delete", resource.get("DeletionPolicy"));
        assertContains("StreamVersion", stack.resolve(stack.door.getStreamVersion()));
        assertEquals("Sum", stack.door.getMetrics().incomingBytes().getStatistic());
    }

    @Test
    @DisplayName("imports a video stream")
    void importedVideo() {
        assertEquals("gate", stack.gate.getStreamName());
        assertEquals("eu-west-1", stack.gate.getEnv().getRegion());
    }

    @Test
    @DisplayName("a device role may send to the video streams of the device")
    void camera() {
        template.hasResourceProperties("AWS::IAM::Policy", Map.of(
            "PolicyName", Match.stringLikeRegexp("^CameraRole"),
            "PolicyDocument", Map.of("Statement", Match.arrayWith(List.of(Match.objectLike(Map.of(
                "Action", List.of("kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:PutMedia"))))))));
    }

    @Test
    @DisplayName("a wrong file throws an exception that says what is wrong")
    void mistakeInFile() {
        StreamFileOptions options = StreamFileOptions.builder().fileId(300).build();
        assertFails("'fileId' must be an integer between 0 and 255, got: 300", () -> StreamFile.fromText("a", "text", options));
    }

    @Test
    @DisplayName("a wrong stream throws an exception that says what is wrong")
    void mistakeInStream() {
        IotFileStream.Builder builder = IotFileStream.Builder.create(new Stack(), "Stream").files(List.of());
        assertFails("'files' must contain 1 to 50 files, got: 0", builder::build);
    }

    @Test
    @DisplayName("a wrong name throws an exception that says what is wrong")
    void mistakeInName() {
        assertFails("'fileName' must be one of 'app.bin', 'config.json', 'fw.bin', 'notes.txt', got: 'app.hex'",
            () -> stack.defaults.fileId("app.hex"));
    }

    private static void assertContains(final String part, final Object whole) {
        assertTrue(whole.toString().contains(part), whole.toString());
    }

    private static void assertFails(final String message, final Runnable action) {
        RuntimeException exception = assertThrows(RuntimeException.class, action::run);
        // below the message, the stack of the other side
        assertTrue(exception.getMessage().lines().findFirst().orElseThrow().endsWith(message), exception.getMessage());
    }

    private static void readerMay(final Object actions, final Object resource) {
        template.hasResourceProperties("AWS::IAM::Policy", Map.of(
            "PolicyName", Match.stringLikeRegexp("^Reader"),
            "PolicyDocument", Map.of("Statement", Match.arrayWith(List.of(
                Map.of("Effect", "Allow", "Action", actions, "Resource", resource))))));
    }

    private static Map.Entry<String, Map<String, Object>> resource(final String streamId) {
        var found = template.findResources("Custom::IotFileStream", Map.of("Properties", Map.of("StreamId", streamId)));
        assertEquals(1, found.size());
        return found.entrySet().iterator().next();
    }

    private static Map<String, Object> properties(final String streamId) {
        return properties(resource(streamId).getValue());
    }

    private static Map<String, Object> properties(final Map<String, Object> resource) {
        return map(resource.get("Properties"));
    }

    private static Map<String, Object> jobTemplate(final String logicalId) {
        return properties(template.findResources("AWS::IoT::JobTemplate").get(logicalId));
    }

    private static List<?> parts(final Object joined) {
        return (List<?>) ((List<?>) map(joined).get("Fn::Join")).get(1);
    }

    private static Map<String, Object> attribute(final String streamId, final String name) {
        return Map.of("Fn::GetAtt", List.of(resource(streamId).getKey(), name));
    }

    private static Map<String, Object> arnOf(final String streamId) {
        return Map.of("Fn::Join", List.of("", List.of(
            "arn:", Map.of("Ref", "AWS::Partition"), ":iot:", Map.of("Ref", "AWS::Region"), ":", Map.of("Ref", "AWS::AccountId"),
            ":stream/" + streamId)));
    }

    /** Of the resource whose ARN it is. */
    private static String logicalId(final String arn) {
        List<?> attribute = (List<?>) map(stack.resolve(arn)).get("Fn::GetAtt");
        assertEquals("Arn", attribute.get(1));
        return attribute.get(0).toString();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(final Object value) {
        return (Map<String, Object>) value;
    }
}
