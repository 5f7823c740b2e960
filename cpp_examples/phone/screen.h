// What the phone shows. On a terminal: events scroll by, below them one line that is kept up to date, and a prompt.
// Anywhere else: plain lines, without colours.
#ifndef PHONE_SCREEN_H
#define PHONE_SCREEN_H

#include <cstdio>
#include <cstdlib>
#include <string>

#ifdef _WIN32
#include <io.h>
#include <windows.h>
#else
#include <unistd.h>
#endif

namespace phone {

enum class Colour { none, ring, good, bad, dim };

// What came from elsewhere, fit for a terminal: control characters would move its cursor or worse.
inline std::string printable(const std::string &text) {
    std::string clean;
    for (std::size_t i = 0; i < text.size(); i++) {
        const unsigned char byte = static_cast<unsigned char>(text[i]);
        const bool is_c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (is_c1) {
            i++;
        }
        clean += byte < 0x20 || byte == 0x7f || is_c1 ? '?' : text[i];
    }
    return clean;
}

class Screen {
  public:
    // `prompts`: whether somebody types.
    explicit Screen(bool prompts) : terminal_(is_terminal()), prompts_(prompts && terminal_) {
        const char *const no_colour = std::getenv("NO_COLOR");
        colours_ = terminal_ && (no_colour == NULL || *no_colour == '\0');
    }
    void close() {
        erase();
        std::fflush(stdout);
    }

    bool is_live() const { return terminal_; }

    // One more line of what happened.
    void line(const std::string &text, Colour colour = Colour::none) {
        erase();
        std::printf("%s%s%s\n", code(colour), text.c_str(), colours_ ? "\033[0m" : "");
        if (colour == Colour::ring && terminal_) {
            std::putchar('\a');
        }
        draw();
    }

    // The line that is kept up to date; empty: none.
    void status(const std::string &text) {
        if (!terminal_ || (text == status_ && drawn_)) {
            return;
        }
        // Around the prompt, so that what is being typed stays.
        if (drawn_ && !text.empty() && !status_.empty()) {
            status_ = text;
            std::printf("\0337\033[A\r\033[K%s\0338", fit(status_).c_str());
            std::fflush(stdout);
            return;
        }
        erase();
        status_ = text;
        draw();
    }

    // A line was typed: the cursor stands below the prompt.
    void typed() {
        if (drawn_ && !status_.empty()) {
            std::printf("\033[2A\r\033[M\033[B");
        }
        drawn_ = false;
    }

  private:
    static bool is_terminal() {
#ifdef _WIN32
        SetConsoleOutputCP(CP_UTF8);
        SetConsoleCP(CP_UTF8);
        const HANDLE console = GetStdHandle(STD_OUTPUT_HANDLE);
        DWORD mode = 0;
        // 4 is ENABLE_VIRTUAL_TERMINAL_PROCESSING, which older headers lack.
        return _isatty(_fileno(stdout)) && GetConsoleMode(console, &mode) && SetConsoleMode(console, mode | 4);
#else
        const char *const kind = std::getenv("TERM");
        return isatty(STDOUT_FILENO) && kind != NULL && std::string(kind) != "dumb";
#endif
    }

    // Room for one line of an ordinary terminal; a character more would break the counting of lines.
    static std::string fit(const std::string &text) {
        return text.substr(0, 79);
    }

    void erase() {
        if (drawn_) {
            std::printf("\r\033[K%s", status_.empty() ? "" : "\033[A\r\033[K");
            drawn_ = false;
        }
    }

    void draw() {
        if (terminal_) {
            std::printf("%s%s%s", fit(status_).c_str(), status_.empty() ? "" : "\n", prompts_ ? "> " : "");
            drawn_ = true;
        }
        std::fflush(stdout);
    }

    const char *code(Colour colour) const {
        if (!colours_) {
            return "";
        }
        switch (colour) {
        case Colour::ring:
            return "\033[1;33m";
        case Colour::good:
            return "\033[32m";
        case Colour::bad:
            return "\033[31m";
        case Colour::dim:
            return "\033[2m";
        case Colour::none:
            break;
        }
        return "";
    }

    const bool terminal_, prompts_;
    bool colours_;
    bool drawn_ = false;
    std::string status_;
};

} // namespace phone

#endif
