// All headers, twice and in both orders, in two sources of one program: this one and headers_too.cpp.
// clang-format off
#include "IAgoraRtmService.h"
#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"
#include "IAgoraRtmCallManager.h"
#include "rtm_call_extension.h"
#include "rtm_call_extension.h"
// clang-format on

agora::rtm::IRtmCallManager *manager_of(agora::rtm::IRtmService *service);
int cancel(agora::rtm::IRtmCallManager *manager, agora::rtm::ILocalCallInvitation *invitation);
rtm_service *handle_of(agora::rtm::IRtmService *service);

// What one source makes is known to the other.
int main() {
    agora::rtm::IRtmService *const service = agora::rtm::createRtmService();
    agora::rtm::IRtmCallManager *const manager = manager_of(service);
    const bool same = service->getRtmCallManager(NULL) == manager;
    const bool known = rtm_call::c_handle(service) != NULL && handle_of(service) == rtm_call::c_handle(service);
    const int answer = cancel(manager, manager->createLocalCallInvitation("bob"));
    service->release(true);
    return same && known && answer == agora::rtm::INVITATION_API_CALL_ERR_NOT_STARTED ? 0 : 1;
}
