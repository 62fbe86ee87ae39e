export * from './iot-file-stream/device-statements';
export * from './iot-file-stream/iot-file-stream';
export * from './iot-file-stream/job-documents';
export * from './iot-file-stream/stream-file';
