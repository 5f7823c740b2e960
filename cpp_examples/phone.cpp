// phone.cpp: a telephone for the terminal, on the C++ mirror of the 1.x interface.
//
//     phone --url mqtt://broker.example --user alice --token-file alice.txt
//     > call bob Have you got a minute?
//
// Run it in two terminals, or let it play a script. Read main() first. What it is made of is in phone/: user.h has all
// that concerns the library (the login, calls, callbacks), the rest is a small terminal program.
#include "phone/commands.h"
#include "phone/doctor.h"
#include "phone/inbox.h"
#include "phone/options.h"
#include "phone/screen.h"
#include "phone/user.h"

#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

using namespace phone;

namespace {

class Phone {
  public:
    explicit Phone(const Options &options)
        : options_(options), is_script_(!options.script.empty()), screen_(!is_script_), commands_(users_, screen_) {}

    // The exit code: 0, or 1 if nobody could log in or the script did not hold.
    int run() {
        // First, for it blocks signals in the threads that start later: those of the library.
        watch_interrupts(inbox_, [this] { interrupted(); });
        if (!open_input() || !log_in()) {
            return 1;
        }
        while (!is_over()) {
            step();
        }
        log_out();
        users_.clear(); // Releases the services; no callback comes after that.
        screen_.close();
        return failed_ ? 1 : 0;
    }

  private:
    bool open_input() {
        if (is_script_ && options_.script != "-") {
            std::ifstream file(options_.script.c_str());
            if (!file) {
                std::fprintf(stderr, "phone: cannot read %s\n", options_.script.c_str());
                return false;
            }
            for (std::string line; std::getline(file, line);) {
                lines_.push_back(line);
            }
            input_ended_ = true;
            return true;
        }
        read_lines(
            inbox_,
            [this](const std::string &line) {
                screen_.typed();
                lines_.push_back(line);
            },
            [this] { input_ended_ = true; });
        return true;
    }

    bool log_in() {
        std::size_t width = 0;
        for (const std::string &id : options_.users) {
            users_.push_back(std::unique_ptr<User>(new User(id, inbox_, screen_)));
            width = id.size() > width ? id.size() : width;
        }
        for (const std::unique_ptr<User> &user : users_) {
            if (users_.size() > 1) {
                user->prefix = user->id + std::string(width + 2 - user->id.size(), ' ');
            }
            if (!user->log_in(options_.app, options_.parameters, options_.token)) {
                return false;
            }
        }
        return true;
    }

    bool is_over() {
        for (const std::unique_ptr<User> &user : users_) {
            failed_ = failed_ || user->failed;
        }
        std::string error;
        waits_ = commands_.is_waiting(error);
        complain(error);
        return failed_ || stop_ || commands_.has_quit || (input_ended_ && lines_.empty() && !waits_);
    }

    // The next line, or else what comes in. Nothing is done for somebody who is not logged in yet.
    void step() {
        if (!waits_ && !lines_.empty() && all_logged_in()) {
            const std::string line = lines_.front();
            lines_.pop_front();
            line_++;
            if (line.empty() || line[0] == '#') { // Nothing, or a comment.
                return;
            }
            if (is_script_) {
                screen_.line("> " + line, Colour::dim);
            }
            complain(commands_.run(line));
            return;
        }
        show_calls();
        // An hour, or a second where a clock is shown; a task in the inbox ends it at once.
        Clock::time_point until = Clock::now() + (is_clock_shown_ ? std::chrono::seconds(1) : std::chrono::hours(1));
        inbox_.run(waits_ && commands_.deadline < until ? commands_.deadline : until);
    }

    bool all_logged_in() const {
        for (const std::unique_ptr<User> &user : users_) {
            if (!user->logged_in) {
                return false;
            }
        }
        return true;
    }

    // Somebody who types tries again; a script has failed.
    void complain(const std::string &error) {
        if (!error.empty()) {
            screen_.line(is_script_ ? "line " + std::to_string(line_) + ": " + error : error, Colour::bad);
            failed_ = failed_ || is_script_;
        }
    }

    // The line above the prompt: what rings, and for how long.
    void show_calls() {
        std::string text;
        for (const std::unique_ptr<User> &user : users_) {
            for (const Call *call : user->open_calls(true, true)) {
                const std::string how = !call->is_outgoing() ? " calls " : call->rang ? " rings " : " is called ";
                text += (text.empty() ? "" : "   ") + call->title() + how + call->elapsed();
            }
        }
        is_clock_shown_ = screen_.is_live() && !text.empty();
        screen_.status(text);
    }

    void interrupted() {
        if (stop_) {
            leave(130); // Twice: at once.
        }
        stop_ = true;
        failed_ = failed_ || is_script_; // It has not been played to its end.
    }

    // Peers are told, open calls end; three seconds are more than the library takes.
    void log_out() {
        screen_.status("");
        for (const std::unique_ptr<User> &user : users_) {
            user->log_out();
        }
        const Clock::time_point end = Clock::now() + std::chrono::seconds(3);
        for (const std::unique_ptr<User> &user : users_) {
            while (!user->logged_out && Clock::now() < end) {
                inbox_.run(end);
            }
        }
    }

    const Options &options_;
    const bool is_script_;
    Inbox inbox_;
    Screen screen_;
    std::vector<std::unique_ptr<User>> users_;
    Commands commands_;
    std::deque<std::string> lines_;
    int line_ = 0;
    bool waits_ = false, input_ended_ = false, stop_ = false, failed_ = false, is_clock_shown_ = false;
};

} // namespace

int main(int argc, char **argv) {
    const Options options = parse(argc, argv);
    if (options.help) {
        std::printf("%s\n%s\n", USAGE, COMMANDS);
        return 0;
    }
    if (!options.error.empty()) {
        std::fprintf(stderr, "phone: %s\n\n%s", options.error.c_str(), USAGE);
        return 2;
    }
    if (options.doctor) {
        return run_doctor(options);
    }
    // Never destroyed: threads that read signals and the standard input use its inbox until the process is gone.
    Phone *const phone = new Phone(options);
    leave(phone->run());
}
