// The command line of the phone.
#ifndef PHONE_OPTIONS_H
#define PHONE_OPTIONS_H

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "words.h"

namespace phone {

const char *const USAGE =
    "usage: phone --user <id> [option...]           rings and is rung; \"help\" lists the commands to type\n"
    "       phone doctor --user <id> [option...]    checks a broker, a line for each check\n"
    "\n"
    "  --url <address>        hub:// (the default: only this process), mqtt://host, mqtts://host, ws://host, "
    "wss://host\n"
    "  --token <text>         the token; at an MQTT broker the password. Others on this machine can read it here:\n"
    "  --token-file <file>    its first line, which they cannot\n"
    "  --app <id>             the app id, \"phone\" by default: users of other apps are elsewhere\n"
    "  --script <file>        commands from a file, - for the standard input; the exit code says whether it held\n"
    "  --also <id>            one more user in this process, to try things out without a server\n"
    "  --set <key>=<value>    a parameter of the library, such as ring_timeout_ms=20000\n"
    "  --as <id>              doctor: whom to try to pass for (default: somebody-else)\n"
    "\n"
    "Exit code 0: fine; 1: no login, or the script or a check did not hold; 2: wrong usage.\n";

struct Options {
    bool help = false, doctor = false;
    std::string url, token, app = "phone", script, as = "somebody-else";
    std::vector<std::string> users;
    std::string parameters; // A JSON object.
    std::string error;      // What is wrong with the command line, or "".
};

// A text inside a JSON text.
inline std::string json(const std::string &text) {
    std::string quoted = "\"";
    for (const char byte : text) {
        if (static_cast<unsigned char>(byte) < 0x20) {
            char code[8];
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(byte));
            quoted += code;
        } else {
            quoted += byte == '"' || byte == '\\' ? std::string("\\") + byte : std::string(1, byte);
        }
    }
    return quoted + "\"";
}

// "ring_timeout_ms=20000" as a member of a JSON object; "" if it is no such thing.
inline std::string parameter(const std::string &setting) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
        return "";
    }
    const std::string key = setting.substr(0, equals), value = setting.substr(equals + 1);
    const bool is_plain = Words::is_number(value) || value == "true" || value == "false";
    return json(key.compare(0, 9, "rtm_call.") == 0 ? key : "rtm_call." + key) + ":" + (is_plain ? value : json(value));
}

inline std::string first_line(const std::string &file, std::string &error) {
    std::ifstream stream(file.c_str());
    std::string line;
    if (!std::getline(stream, line)) {
        error = "there is no token in " + file;
    }
    while (!line.empty() && line[line.size() - 1] == '\r') {
        line.erase(line.size() - 1);
    }
    return line;
}

inline Options parse(int argc, char **argv) {
    Options options;
    std::string members;
    for (int i = 1; i < argc; i++) {
        const std::string option = argv[i];
        if (i == 1 && option == "doctor") {
            options.doctor = true;
            continue;
        }
        if (option == "--help" || option == "-h" || option == "help") {
            options.help = true;
            continue;
        }
        if (i + 1 == argc || argv[i + 1][0] == '\0') {
            options.error = option + (option.compare(0, 2, "--") == 0 ? " wants a value" : " is no option");
            break;
        }
        const std::string value = argv[++i];
        if (option == "--user") {
            options.users.insert(options.users.begin(), value);
        } else if (option == "--also") {
            options.users.push_back(value);
        } else if (option == "--url") {
            options.url = value;
        } else if (option == "--token") {
            options.token = value;
        } else if (option == "--token-file") {
            options.token = first_line(value, options.error);
        } else if (option == "--app") {
            options.app = value;
        } else if (option == "--script") {
            options.script = value;
        } else if (option == "--as") {
            options.as = value;
        } else if (option == "--set" && !parameter(value).empty()) {
            members += "," + parameter(value);
        } else {
            options.error = option == "--set" ? "--set wants <key>=<value>" : option + " is no option";
        }
    }
    if (!options.url.empty()) {
        members += ",\"rtm_call.url\":" + json(options.url);
    }
    options.parameters = "{" + (members.empty() ? "" : members.substr(1)) + "}";
    options.help = options.help || argc < 2;
    if (options.error.empty() && !options.help && options.users.empty()) {
        options.error = "--user is missing: who are you?";
    }
    if (options.error.empty() && options.doctor && options.url.empty()) {
        options.error = "--url is missing: which broker?";
    }
    return options;
}

} // namespace phone

#endif
