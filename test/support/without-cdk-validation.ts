// the CDK's own validation of templates needs seconds to start in every file; test/iot-file-stream/golden.test.ts enables it
process.env.CDK_VALIDATION = 'false';
