/**
 * @file
 * The whole C++ API of rtm_call.
 */
#ifndef RTM_CALL_HPP
#define RTM_CALL_HPP

/**
 * @namespace rtm
 * Call invitations for C++17: a caller rings a callee, the callee accepts or refuses, the caller may cancel, and both
 * applications learn the same outcome. Header-only, over the C library of rtm_call.h.
 *
 * @code{.cpp}
 * rtm::call_events calls;
 * calls.on_remote_received = [](rtm::remote_invitation call) { call.accept("with pleasure"); };
 * calls.on_local_accepted = [](rtm::local_invitation call, const std::string &response) {
 *     std::cout << call.callee_id() << " accepted: " << response << '\n';
 * };
 * rtm::service alice("my-app", calls);
 * if (std::error_code error = alice.login("alice")) {
 *     std::cerr << error.message() << ": " << rtm::last_error() << '\n';
 * }
 * rtm::local_invitation call = alice.create_invitation("bob");
 * call.set_content("Are you there?");
 * std::error_code error = call.send(); // held until the login has succeeded
 * @endcode
 *
 * cpp_examples/ring.cpp has both ends; cpp_examples/many.cpp makes a hundred calls at once.
 *
 * **Errors.** What can fail answers a std::error_code, or an rtm::result with a value or such a code; its category is
 * rtm::category(), its numbers are rtm::errc, and rtm::last_error() has the sentence of the calling thread's last
 * error. Getters do not fail: they answer "", or what their documentation says. Only the constructor of rtm::service
 * throws, and it has a twin that does not, service::create(); anything that copies may throw std::bad_alloc.
 *
 * **Ownership.** There is nothing to release. Invitations are handles to be copied and kept at will, also out of
 * callbacks, also after their service; messages, lists and texts are plain values. A service is destroyed by whoever
 * has it: in any order with the others, and inside any callback.
 *
 * **Threads.** Every function may be called from any thread and inside any callback, and returns at once, unless it
 * says that it waits. Callbacks of one service come one at a time, in order, with no lock held: rtm::delivery says on
 * which thread. A slow callback delays later callbacks of its service, never the protocol.
 *
 * **Functions.** What an application gives as a callback is kept until its last call has ended, then destroyed, on
 * whichever thread that is. An exception that leaves a callback is caught, logged as an error, and dropped. Whoever
 * captures by reference sees to it that the captured lives until service::close(), set_call_events() or remove_events()
 * has returned outside callbacks. A function that owns its own service, through a shared pointer say, keeps it alive
 * until close() is called.
 *
 * **Names.** Types and enumerators are those of C without `rtm_` and `RTM_`, and to_string() gives the latter. Texts
 * are UTF-8 without a NUL, and lengths are in bytes. A source that says `using namespace agora`, and so has another
 * `rtm` from the mirror of the 1.x interface, writes `::rtm`.
 *
 * **More.** Everything of C is here, but a carrier of the application's own: that is written with #rtm_transport.
 *
 * **The end of the process.** Destroy every service before main() returns, or before what its callbacks use is
 * destroyed. A service in a static object is closed with the other static objects, in the usual order. In the child of
 * a fork() everything answers errc::forked.
 */

#include "rtm_call/codes.hpp"
#include "rtm_call/config.hpp"
#include "rtm_call/errors.hpp"
#include "rtm_call/events.hpp"
#include "rtm_call/hub.hpp"
#include "rtm_call/library.hpp"
#include "rtm_call/local_invitation.hpp"
#include "rtm_call/peers.hpp"
#include "rtm_call/remote_invitation.hpp"
#include "rtm_call/service.hpp"

#endif // RTM_CALL_HPP
