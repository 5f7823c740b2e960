// The commands that are typed or stand in a script, and what a script waits for.
#ifndef PHONE_COMMANDS_H
#define PHONE_COMMANDS_H

#include "user.h"
#include "words.h"

#include <memory>
#include <string>
#include <vector>

namespace phone {

const char *const COMMANDS =
    "call <user> [text]        rings somebody\n"
    "cancel [#n]               takes a call back\n"
    "accept [#n] [text]        answers it\n"
    "refuse [#n] [text]        does not\n"
    "status                    the calls, and the connection\n"
    "who <user>...             who is there\n"
    "ladder [#n]               what happened in a call, message by message\n"
    "wait <what> [seconds]     (for scripts, 30 s) online <user>, offline <user>,\n"
    "                          ringing, ended, or why it ended: accepted, refused, expired, ...\n"
    "quit                      logs out\n"
    "#n is the number of a call, needed where it could be one of several. With several users\n"
    "(--also) a line begins with the one it is for: \"bob: accept\".";

class Commands {
  public:
    Commands(const std::vector<std::unique_ptr<User>> &users, Screen &screen) : users_(users), screen_(screen) {}

    // Does what a line says: "" or a sentence that says why not.
    std::string run(const std::string &line) {
        Words words(line);
        User &user = addressed(words);
        const std::string command = words.next();
        if (command.empty()) {
            return "";
        }
        if (command == "call") {
            const std::string peer = words.next();
            return peer.empty() ? "call whom?" : user.call(peer, words.rest());
        }
        if (command == "cancel" || command == "accept" || command == "refuse") {
            return answer(user, command, words);
        }
        if (command == "status") {
            status(user);
            return "";
        }
        if (command == "who") {
            std::vector<std::string> peers;
            while (!words.done()) {
                peers.push_back(words.next());
            }
            return peers.empty() ? "who is whom?" : user.who(peers);
        }
        if (command == "ladder") {
            return ladder(user, words.call_number());
        }
        if (command == "wait") {
            return begin_wait(user, words);
        }
        if (command == "quit") {
            has_quit = true;
            return "";
        }
        if (command == "help") {
            screen_.line(COMMANDS);
            return "";
        }
        return "\"" + command + "\" is no command; help lists them";
    }

    // Whether a wait is going on: the next line comes when it is over. Its failure is a sentence in `error`.
    bool is_waiting(std::string &error) {
        if (!waits_) {
            return false;
        }
        if (has_come(error) || !error.empty()) {
            waits_ = false;
        } else if (Clock::now() >= deadline) {
            error = "waited " + std::to_string(seconds_) + " s for " + what_ + (whom_.empty() ? "" : " " + whom_) +
                    " in vain";
            waits_ = false;
        }
        return waits_;
    }

    bool has_quit = false;
    Clock::time_point deadline; // Of the wait that is going on.

  private:
    User &addressed(Words &words) const {
        for (const std::unique_ptr<User> &user : users_) {
            const std::string address = user->id + ": ";
            if ((words.rest() + " ").compare(0, address.size(), address) == 0) {
                words = Words((words.rest() + " ").substr(address.size()));
                return *user;
            }
        }
        return *users_.front();
    }

    // accept and refuse concern a call from elsewhere, cancel one from here.
    std::string answer(User &user, const std::string &command, Words &words) const {
        const bool outgoing = command == "cancel";
        const int number = words.call_number();
        const std::vector<Call *> open = user.open_calls(outgoing, !outgoing);
        const Call *chosen = open.size() == 1 && number == 0 ? open[0] : NULL;
        std::string list;
        for (const Call *call : open) {
            chosen = call->number == number ? call : chosen;
            list += " " + call->title() + ",";
        }
        if (chosen == NULL) {
            return open.empty() ? "there is no call to " + command
                                : "which one?" + list + " as in: " + command + " #" + std::to_string(open[0]->number);
        }
        return outgoing              ? user.cancel(*chosen)
               : command == "accept" ? user.accept(*chosen, words.rest())
                                     : user.refuse(*chosen, words.rest());
    }

    static void status(User &user) {
        user.say(user.id + (user.logged_in ? " is logged in" : " is not logged in") + ", " +
                 std::to_string(user.calls().size()) + " calls");
        for (const std::unique_ptr<Call> &call : user.calls()) {
            user.say(call->title() + (call->is_outgoing() ? " (from here)  " : " (to here)  ") +
                         (call->over   ? call->ending
                          : call->rang ? "ringing"
                                       : "calling") +
                         "  " + call->elapsed(),
                     call->over ? Colour::dim : Colour::none);
        }
    }

    static std::string ladder(User &user, int number) {
        for (std::size_t i = user.calls().size(); i > 0; i--) {
            if (number == 0 || user.calls()[i - 1]->number == number) {
                user.explain(*user.calls()[i - 1]);
                return "";
            }
        }
        return "there is no such call";
    }

    // ---- wait ----

    std::string begin_wait(User &user, Words &words) {
        user_ = &user;
        what_ = words.next();
        whom_ = what_ == "online" || what_ == "offline" ? words.next() : "";
        number_ = words.call_number();
        const std::string seconds = words.next();
        if (!can_be_waited_for(what_) || !words.done() || (!seconds.empty() && !Words::is_number(seconds))) {
            return "wait for what? Such as: wait ringing 10";
        }
        if (!whom_.empty() && user.presence(whom_).empty()) {
            const std::string error = user.watch(whom_);
            if (!error.empty()) {
                return error;
            }
        }
        seconds_ = seconds.empty() ? 30 : std::stoi(seconds);
        deadline = Clock::now() + std::chrono::seconds(seconds_);
        waits_ = true;
        return "";
    }

    static bool can_be_waited_for(const std::string &what) {
        for (int reason = RTM_END_REASON_ACCEPTED; !User::word(reason).empty(); reason++) {
            if (what == User::word(reason)) {
                return true;
            }
        }
        return what == "online" || what == "offline" || what == "ringing" || what == "ended";
    }

    bool has_come(std::string &error) {
        if (!whom_.empty()) {
            return user_->presence(whom_) == what_;
        }
        if (what_ == "ringing") {
            return has_rung(error);
        }
        // The call that rang last, unless another one is named.
        Call *wanted = NULL;
        for (const std::unique_ptr<Call> &call : user_->calls()) {
            if (number_ == 0 ? call->is_outgoing() || call->waited_for : call->number == number_) {
                wanted = call.get();
            }
        }
        if (wanted == NULL) {
            error = "there is no call to wait for; a call to here is waited for with: wait ringing";
            return false;
        }
        if (wanted->over && what_ != "ended" && wanted->ending != what_) {
            error = "waited for " + what_ + ", but " + wanted->title() + " ended: " + wanted->ending;
        }
        wanted->waited_for = wanted->waited_for || wanted->over;
        return wanted->over;
    }

    // A call that rings and was not waited for yet. One from here that ended instead is a failure.
    bool has_rung(std::string &error) const {
        for (const std::unique_ptr<Call> &call : user_->calls()) {
            if (call->waited_for || (number_ != 0 && call->number != number_)) {
                continue;
            }
            if (call->rang) {
                call->waited_for = true;
                return true;
            }
            if (call->over && call->is_outgoing()) {
                call->waited_for = true;
                error = "waited for ringing, but " + call->title() + " ended: " + call->ending;
                return false;
            }
        }
        return false;
    }

    const std::vector<std::unique_ptr<User>> &users_;
    Screen &screen_;
    bool waits_ = false;
    User *user_ = NULL;
    std::string what_, whom_;
    int number_ = 0, seconds_ = 0;
};

} // namespace phone

#endif
