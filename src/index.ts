export * from './iot-file-stream';
export * from './stream-file';
