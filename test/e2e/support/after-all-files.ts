import { stopSharedLocalAws } from './shared-local-aws';

export default stopSharedLocalAws;
