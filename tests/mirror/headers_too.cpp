// Qt's headers define these words, windows.h the last two: whatever came before must not disturb.
#define emit
#define signals public
#define slots
#define foreach(a, b) for (a : b)
#define forever for (;;)
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
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
