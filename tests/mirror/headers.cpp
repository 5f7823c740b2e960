// Both headers, twice and in both orders, in two sources of one program: this one and headers_too.cpp.
// clang-format off
#include "IAgoraRtmService.h"
#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"
#include "IAgoraRtmCallManager.h"
// clang-format on

agora::rtm::IRtmCallManager *manager_of(agora::rtm::IRtmService *service);
int cancel(agora::rtm::IRtmCallManager *manager, agora::rtm::ILocalCallInvitation *invitation);

// What one source makes is known to the other.
int main() {
    agora::rtm::IRtmService *const service = agora::rtm::createRtmService();
    agora::rtm::IRtmCallManager *const manager = manager_of(service);
    const bool same = service->getRtmCallManager(NULL) == manager;
    const int answer = cancel(manager, manager->createLocalCallInvitation("bob"));
    service->release(true);
    return same && answer == agora::rtm::INVITATION_API_CALL_ERR_NOT_STARTED ? 0 : 1;
}
