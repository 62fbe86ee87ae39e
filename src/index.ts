export * from './device-statements';
export * from './iot-file-stream';
export * from './job-documents';
export * from './stream-file';
