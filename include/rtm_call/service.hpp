/**
 * @file
 * rtm::service: one user's end.
 */
#ifndef RTM_CALL_SERVICE_HPP
#define RTM_CALL_SERVICE_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "config.hpp"
#include "detail/core.hpp"
#include "detail/text.hpp"
#include "errors.hpp"
#include "events.hpp"
#include "local_invitation.hpp"
#include "peers.hpp"
#include "remote_invitation.hpp"

namespace rtm {

/**
 * One user's end: the login, the callbacks, and all that belongs to them. Its life: construct, log in, ring and be
 * rung, destroy (or close(), which says when).
 *
 * It can be moved, not copied. Every function but the move and the destructor may be called from any thread at the same
 * time, and inside any callback; those two are safe inside callbacks too, this service's own included. Moving changes
 * nothing for the library: callbacks go on.
 *
 * Functions that may fail without a callback ever telling are `[[nodiscard]]`. Every function answers
 * errc::stale_handle if the service is closed, default-made or moved from, errc::panicked after an internal error (its
 * invitations have ended, close it), and errc::forked in the child of a fork(); this is not repeated at each. A text
 * that is no valid UTF-8, or has a NUL in it, is errc::invalid_argument. No function throws but the constructor, and
 * std::bad_alloc where there is no memory for a copy of an argument.
 */
class service {
  public:
    /** A closed service, to be assigned to. */
    service() noexcept = default;

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
    /**
     * Makes a service. No callback comes before login().
     *
     * Any thread.
     *
     * @param app_id The application: users ring each other only under the same app id. 1 to 64 bytes.
     * @param calls What is to be told of invitations.
     * @param events What is to be told of the session and of peers.
     * @param config How the service is to be.
     * @throws std::system_error with the code that create() would answer, and last_error() as its text. It is not
     *   declared where exceptions are switched off: use create() there.
     */
    explicit service(std::string_view app_id, call_events calls = {}, service_events events = {},
                     const service_config &config = {}) {
        const std::error_code error = open(app_id, std::move(calls), std::move(events), config);
        if (error) {
            throw std::system_error(error, last_error());
        }
    }
#endif

    /**
     * Makes a service, as the constructor does, without an exception.
     *
     * Any thread.
     *
     * @param app_id The application: users ring each other only under the same app id. 1 to 64 bytes.
     * @param calls What is to be told of invitations.
     * @param events What is to be told of the session and of peers.
     * @param config How the service is to be.
     * @return The service; errc::invalid_app_id; errc::invalid_argument for a url, a delivery or a time that is none;
     *   errc::unsupported if this build has no carrier for the url; errc::os if the system has no thread or file
     *   descriptor to give.
     */
    static result<service> create(std::string_view app_id, call_events calls = {}, service_events events = {},
                                  const service_config &config = {});

    /** Closes it: see close(), which may wait. */
    ~service() {
        close();
    }

    /**
     * Takes over another service.
     * @param other The other; it is closed afterwards, as if default-made.
     */
    service(service &&other) noexcept = default;

    /**
     * Closes this service, then takes over another one.
     * @param other The other; it is closed afterwards, as if default-made.
     * @return This.
     */
    service &operator=(service &&other) noexcept {
        service taken(std::move(other));
        core_.swap(taken.core_);
        return *this;
    }

    service(const service &) = delete;
    service &operator=(const service &) = delete;

    /**
     * Ends the service. It logs out: peers are told, every open invitation gets its last callback, and when those have
     * returned, and the functions of the handlers are destroyed, this returns. A second time it does nothing.
     *
     * Any thread; waits for callbacks, and at most 1 s for the carrier to take what tells the peers: hold no lock that
     * a callback waits for. Inside **any** callback of the library it returns at once; the callbacks that were due come
     * after it. With delivery::pump this thread runs the callbacks.
     */
    void close() noexcept {
        rtm_service_release(native_handle());
    }

    /**
     * Ends the service as close() does, but discards the callbacks that wait or would come: it returns when the running
     * one has ended. Peers are told all the same.
     *
     * Any thread; waits for a running callback, unless called inside one.
     */
    void close_without_callbacks() noexcept {
        rtm_service_release_without_callbacks(native_handle());
    }

    /**
     * Logs a user in. The connection state becomes connecting; then comes on_login_success or on_login_failure. While a
     * user is logged in or logging in, this is on_login_failure with login_err::already_logged_in and disturbs nothing.
     * The same user id logging in elsewhere ends the first session.
     *
     * Any thread; returns at once.
     *
     * @param user_id Who logs in: 1 to 64 bytes of ASCII, without control characters, quotation marks, apostrophes,
     *   asterisks, slashes and backslashes, and not "null".
     * @param token What the carrier checks; it is never logged. "": none (the hub accepts any).
     * @return errc::invalid_argument for the user id: then no callback comes; errc::unsupported or
     *   errc::invalid_argument if RTM_CALL_URL names no carrier of this build.
     */
    [[nodiscard]] std::error_code login(std::string_view user_id, std::string_view token = {});

    /**
     * Logs out. Open invitations end, local ones with local_invitation_err::not_loggedin, remote ones with
     * remote_invitation_err::peer_offline, and the peers are told. Then comes on_logout, exactly once for each call of
     * this.
     *
     * Any thread; waits at most 1 s for the carrier to take what tells the peers, never for a callback.
     *
     * @return What every function may answer. That nobody is logged in comes as logout_err::rejected of on_logout.
     */
    std::error_code logout() noexcept {
        return detail::error_of(rtm_service_logout(native_handle()));
    }

    /**
     * Replaces the token of the session. The outcome comes as on_renew_token_result.
     *
     * Any thread; returns at once.
     *
     * @param token The new token.
     * @return errc::invalid_argument if it is no text.
     */
    [[nodiscard]] std::error_code renew_token(std::string_view token) {
        return detail::error_of(rtm_service_renew_token(native_handle(), detail::text(token).c_str()));
    }

    /**
     * Says that the machine's network has changed, such as from cable to Wi-Fi: a carrier over a network looks at once
     * whether its connection still stands, and one that waits to connect again does not wait any longer. Never needed;
     * does nothing while nobody is logged in, and on hub://.
     *
     * Any thread; returns at once.
     *
     * @return What every function may answer.
     */
    std::error_code network_changed() noexcept {
        return detail::error_of(rtm_service_network_changed(native_handle()));
    }

    /**
     * The state of the connection now; the callbacks that tell of it may still be on their way.
     *
     * Any thread.
     *
     * @return The state; connection_state::disconnected of a closed service.
     */
    rtm::connection_state connection_state() const noexcept;

    /**
     * Makes an invitation for a callee. It is idle: nothing is sent, and no callback comes, before
     * local_invitation::send().
     *
     * Any thread.
     *
     * @param callee_id The callee; any text makes an invitation, send() checks the text.
     * @return The invitation; an empty one where an error is due: its send() answers errc::stale_handle.
     */
    local_invitation create_invitation(std::string_view callee_id);

    /**
     * The open local invitation with this callee and id.
     *
     * Any thread.
     *
     * @param callee_id The callee.
     * @param invitation_id The id, as local_invitation::id() gives it.
     * @return The invitation; errc::not_found if no such invitation is open; errc::invalid_argument if the id is none.
     */
    result<local_invitation> find_local_invitation(std::string_view callee_id, std::string_view invitation_id);

    /**
     * The open remote invitation with this caller and id.
     *
     * Any thread.
     *
     * @param caller_id The caller.
     * @param invitation_id The id, as remote_invitation::id() gives it; it is the same on both sides.
     * @return The invitation; errc::not_found if no such invitation is open; errc::invalid_argument if the id is none.
     */
    result<remote_invitation> find_remote_invitation(std::string_view caller_id, std::string_view invitation_id);

    /**
     * Sends a message to a peer: it is sent again until the peer's library has it; a peer that is offline does not get
     * it.
     *
     * Any thread; returns at once.
     *
     * @param peer_id The receiver: a user id as in login().
     * @param sent The message; copied.
     * @param done A callback for the outcome: peer_message_err::ok when the peer's library has the message;
     *   peer_message_err::user_not_logged_in if nobody is logged in here. It comes once, unless the service is closed
     *   without callbacks; may be left empty.
     * @return errc::invalid_argument for the peer id, or a message beyond 32768 bytes: then `done` is not called.
     */
    [[nodiscard]] std::error_code send_message_to_peer(std::string_view peer_id, const message &sent,
                                                       message_outcome done = {});

    /**
     * Sends a text to a peer: the same with a message of type message_type::text.
     *
     * Any thread; returns at once.
     *
     * @param peer_id The receiver: a user id as in login().
     * @param sent The text; copied.
     * @param done A callback for the outcome; may be left empty.
     * @return errc::invalid_argument for the peer id, or a text beyond 32768 bytes: then `done` is not called.
     */
    [[nodiscard]] std::error_code send_message_to_peer(std::string_view peer_id, std::string_view sent,
                                                       message_outcome done = {});

    /**
     * Asks who of these users can be reached. The answer comes within 10 s.
     *
     * Any thread; returns at once.
     *
     * @param peer_ids The users, 1 to 256; copied.
     * @param done A callback for the answer. It comes once, unless the service is closed without callbacks;
     *   query_peers_online_status_err::user_not_logged_in if nobody is logged in here.
     * @return errc::invalid_argument for the list or one of the user ids: then `done` is not called.
     */
    [[nodiscard]] std::error_code query_peers_online_status(const std::vector<std::string> &peer_ids,
                                                            query_outcome done);

    /**
     * Reports the presence of these users from now on, by on_peers_online_status_changed: their present one soon, then
     * each change. Subscriptions end with the session.
     *
     * Any thread; returns at once.
     *
     * @param peer_ids The users, 1 to 512; so many may be subscribed to in all. Copied.
     * @param done A callback for the outcome, as that of query_peers_online_status(); may be left empty.
     * @return errc::invalid_argument for the list or one of the user ids: then `done` is not called.
     */
    [[nodiscard]] std::error_code subscribe_peers_online_status(const std::vector<std::string> &peer_ids,
                                                                subscription_outcome done = {});

    /**
     * No longer reports the presence of these users. A report under way may still come.
     *
     * Any thread; returns at once.
     *
     * @param peer_ids The users, 1 to 512; those not subscribed to are passed over. Copied.
     * @param done A callback for the outcome, as that of query_peers_online_status(); may be left empty.
     * @return errc::invalid_argument for the list or one of the user ids: then `done` is not called.
     */
    [[nodiscard]] std::error_code unsubscribe_peers_online_status(const std::vector<std::string> &peer_ids,
                                                                  subscription_outcome done = {});

    /**
     * Tells others of invitations from now on, in place of those before. Outside callbacks it returns when no callback
     * of those runs any more and they are destroyed; inside a callback it returns at once, and none starts from then
     * on.
     *
     * Any thread; waits for a running callback of invitations, unless called inside one.
     *
     * @param calls What is to be told.
     * @return What every function may answer.
     */
    std::error_code set_call_events(call_events calls);

    /**
     * Adds to what is told of the session and of peers: from now on, each time after what was there before.
     *
     * Any thread.
     *
     * @param events What is to be told too.
     * @return What names them for remove_events().
     */
    result<std::uint64_t> add_events(service_events events);

    /**
     * Takes back what add_events() added. Outside callbacks it returns when none of these runs any more and they are
     * destroyed; inside a callback it returns at once, and none starts from then on.
     *
     * Any thread; waits for a running callback, unless called inside one.
     *
     * @param name What add_events() answered.
     * @return errc::not_found if there are no such ones (any more).
     */
    std::error_code remove_events(std::uint64_t name) noexcept {
        return detail::error_of(rtm_service_remove_event_handler(native_handle(), name));
    }

    /**
     * Sets parameters from a JSON object, such as `{"rtm_call.ring_timeout_ms": 30000}`: see
     * rtm_service_set_parameters().
     *
     * Any thread. What concerns invitations holds for those sent or received from then on.
     *
     * @param parameters The JSON object.
     * @return errc::invalid_argument if it is no JSON object, or one of its values or rtm_call. keys is wrong: then
     *   nothing is changed; errc::invalid_state if the url is changed during a session.
     */
    [[nodiscard]] std::error_code set_parameters(std::string_view parameters) {
        return detail::error_of(rtm_service_set_parameters(native_handle(), detail::text(parameters).c_str()));
    }

    /**
     * How many entries the ladder of an invitation may have, see local_invitation::ladder(). When it is full the oldest
     * give way and are counted; the first one and the end stay. An entry takes 16 bytes, allocated as it comes.
     *
     * Any thread. Holds for invitations that are created or received from then on.
     *
     * @param entries From 1 to 1024; 0: no ladder is kept. Default: 16.
     * @return errc::invalid_argument for more than 1024.
     */
    std::error_code set_ladder_entries(std::uint32_t entries) noexcept {
        return detail::error_of(rtm_service_set_ladder_entries(native_handle(), entries));
    }

    /**
     * How much the flight recorder keeps: what went into the protocol lately, in memory, for write_record().
     *
     * Any thread. Holds for what happens from then on.
     *
     * @param bytes How much memory it may take, in bytes; the oldest entries give way. Default: 262144. 0: nothing is
     *   recorded.
     * @param texts Whether contents and responses are kept; else only their lengths.
     * @return What every function may answer.
     */
    std::error_code set_recorder(std::uint32_t bytes, bool texts = false) noexcept {
        return detail::error_of(rtm_service_set_recorder(native_handle(), bytes, texts ? 1 : 0));
    }

    /**
     * Writes what the flight recorder has kept to a file, which is replaced if it exists. After an internal error too.
     *
     * Any thread; waits for the file system.
     *
     * @param path The file.
     * @return errc::os if it cannot be written; errc::invalid_argument for an empty path or one that is no valid UTF-8.
     */
    [[nodiscard]] std::error_code write_record(std::string_view path) const {
        return detail::error_of(rtm_service_write_record(native_handle(), detail::text(path).c_str()));
    }

    /**
     * Runs callbacks that wait, on this thread; for a service with delivery::pump. Never waits: returns at once if
     * there is none, while another thread dispatches the same service, and inside a callback of the library.
     *
     * Any thread.
     *
     * @param at_most How many; 0: as many as wait now.
     * @return How many it were; errc::invalid_state if the service delivers its callbacks by itself.
     */
    result<std::size_t> dispatch(std::size_t at_most = 0);

    /**
     * What tells that callbacks wait, for a service with delivery::pump: a file descriptor to poll for reading (on
     * Windows the HANDLE of an event to wait for). It belongs to the library: neither read, reset nor close it. Valid
     * until the service is closed and its last callback has ended.
     *
     * Any thread.
     *
     * @return The file descriptor, or the HANDLE; errc::invalid_state if the service delivers its callbacks by itself.
     */
    result<std::intptr_t> dispatch_handle() const;

    /**
     * What the service has counted.
     *
     * Any thread.
     *
     * @return The numbers.
     */
    result<service_stats> stats() const;

    /**
     * Appends the log to a file from now on, which is made if it does not exist. One line an event, with the ids of
     * invitations and users, never with contents, tokens or passwords. There is no log until this or set_log_handler().
     *
     * Any thread; waits for the file system, here and at each line.
     *
     * @param path The file, in UTF-8; "": none from now on.
     * @return errc::os if the file cannot be opened: then the former one stays.
     */
    [[nodiscard]] std::error_code set_log_file(std::string_view path) {
        return detail::error_of(rtm_service_set_log_file(native_handle(), detail::text(path).c_str()));
    }

    /**
     * Which lines are logged, to the file and to the handler. Default: log_filter::info.
     *
     * Any thread.
     *
     * @param filter One of them, or another sum of #log_level cast to it.
     * @return errc::invalid_argument if it has a bit that is no level.
     */
    std::error_code set_log_filter(log_filter filter) noexcept {
        return detail::error_of(rtm_service_set_log_filter(native_handle(), static_cast<std::uint32_t>(filter)));
    }

    /**
     * Sends the log to a function from now on, in place of the one before: a callback like all others of the service,
     * in order with them, on the same thread. What it throws is dropped.
     *
     * Any thread; waits for a running callback of the former one, unless called inside a callback.
     *
     * @param handler The function; empty: none from now on.
     * @return What every function may answer.
     */
    std::error_code set_log_handler(log_handler handler);

    /**
     * Adds a line of the application's own to the log, in order with the lines of the service.
     *
     * Any thread; waits for the file system.
     *
     * @param level How important it is; the filter holds for it.
     * @param line The line; a control character in it becomes a space.
     * @return errc::invalid_argument if the level is none, or the line no text.
     */
    std::error_code log(log_level level, std::string_view line) {
        return detail::error_of(
            rtm_service_log(native_handle(), static_cast<std::uint32_t>(level), detail::text(line).c_str()));
    }

    /**
     * The handle, for the functions of C. It belongs to this object: do not release it.
     *
     * Any thread.
     *
     * @return The handle; stale after close(), NULL if default-made or moved from.
     */
    rtm_service *native_handle() const noexcept {
        return core_ ? core_->service : nullptr;
    }

    /**
     * The handle of its call manager, for the functions of C. It belongs to this object: do not release it, and do not
     * give the service another handler through C.
     *
     * Any thread.
     *
     * @return The handle; stale after close(), NULL if default-made or moved from.
     */
    rtm_call_manager *native_call_manager() const noexcept {
        return core_ ? core_->manager : nullptr;
    }

  private:
    std::error_code open(std::string_view app_id, call_events calls, service_events events,
                         const service_config &config);

    std::shared_ptr<detail::core> core_;
};

} // namespace rtm

#include "detail/service.hpp"

#endif // RTM_CALL_SERVICE_HPP
