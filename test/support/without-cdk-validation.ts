// the CDK's own validation of templates takes seconds to start in every file; test/iot-file-stream/golden.test.ts turns it on
process.env.CDK_VALIDATION = 'false';
