// The header twice, and in two sources of one program: this one and headers_too.cpp.
#include "rtm_call.hpp"

const std::error_category &category_of_the_other_source();
rtm::local_invitation invitation_of(rtm::service &service);

// What one source makes is known to the other.
int main() {
    rtm::service service("two-sources");
    const bool same = &category_of_the_other_source() == &rtm::category();
    rtm::local_invitation invitation = invitation_of(service);
    return same && invitation.cancel() == rtm::errc::not_started && invitation.callee_id() == "bob" ? 0 : 1;
}
