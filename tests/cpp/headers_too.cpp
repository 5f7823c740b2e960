#include "rtm_call.hpp"

const std::error_category &category_of_the_other_source();
rtm::local_invitation invitation_of(rtm::service &service);

const std::error_category &category_of_the_other_source() {
    return rtm::category();
}

rtm::local_invitation invitation_of(rtm::service &service) {
    return service.create_invitation("bob");
}
