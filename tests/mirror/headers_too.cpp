#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"
#include "rtm_call_extension.h"

agora::rtm::IRtmCallManager *manager_of(agora::rtm::IRtmService *service);
int cancel(agora::rtm::IRtmCallManager *manager, agora::rtm::ILocalCallInvitation *invitation);
rtm_service *handle_of(agora::rtm::IRtmService *service);

agora::rtm::IRtmCallManager *manager_of(agora::rtm::IRtmService *service) {
    return service->getRtmCallManager(NULL);
}

int cancel(agora::rtm::IRtmCallManager *manager, agora::rtm::ILocalCallInvitation *invitation) {
    return manager->cancelLocalInvitation(invitation);
}

rtm_service *handle_of(agora::rtm::IRtmService *service) {
    return rtm_call::c_handle(service);
}
