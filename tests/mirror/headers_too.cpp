#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"

agora::rtm::IRtmCallManager *manager_of(agora::rtm::IRtmService *service);
int cancel(agora::rtm::IRtmCallManager *manager, agora::rtm::ILocalCallInvitation *invitation);

agora::rtm::IRtmCallManager *manager_of(agora::rtm::IRtmService *service) {
    return service->getRtmCallManager(NULL);
}

int cancel(agora::rtm::IRtmCallManager *manager, agora::rtm::ILocalCallInvitation *invitation) {
    return manager->cancelLocalInvitation(invitation);
}
