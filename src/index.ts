export * from './device-role/device-role';
export * from './iot-file-stream/device-statements';
export * from './iot-file-stream/iot-file-stream';
export * from './iot-file-stream/job-documents';
export * from './iot-file-stream/stream-file';
export * from './kinesis-video/grants';
export * from './kinesis-video/kinesis-video-stream';
export * from './kinesis-video/metrics';
