"""Resource types that MiniStack's CloudFormation lacks, implemented with this folder and the local services."""

import role_aliases
import video_streams

TYPES = {'AWS::KinesisVideo::Stream': video_streams, 'AWS::IoT::RoleAlias': role_aliases}


def register():
    from ministack.services.cloudformation import provisioners, stacks

    for resource_type, module in TYPES.items():
        provisioners._RESOURCE_HANDLERS[resource_type] = {
            'create': module.create, 'update': module.update, 'delete': module.delete,
        }
        provisioners._REPLACING_PROPERTIES[resource_type] = module.REPLACING_PROPERTIES
        provisioners._STACK_TAG_PROPERTY[resource_type] = ('Tags', 'list')

    # these types wait for calls to other services, which would block the event loop
    needs_thread = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type in TYPES or needs_thread(resource_type)
