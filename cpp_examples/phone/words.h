// Takes lines apart.
#ifndef PHONE_WORDS_H
#define PHONE_WORDS_H

#include <string>

namespace phone {

// The words of a line, one after the other. A word may stand in "double quotes", which no user id contains.
class Words {
  public:
    explicit Words(const std::string &line) : rest_(line) { trim(); }

    bool done() const { return rest_.empty(); }

    std::string next() {
        const bool quoted = !rest_.empty() && rest_[0] == '"';
        const std::size_t from = quoted ? 1 : 0;
        std::size_t end = rest_.find_first_of(quoted ? "\"" : " \t", from);
        if (end == std::string::npos) {
            end = rest_.size();
        }
        const std::string word = rest_.substr(from, end - from);
        rest_ = rest_.substr(quoted && end < rest_.size() ? end + 1 : end);
        trim();
        return word;
    }

    // #7 is 7, and 0 is said if the next word is no number of a call.
    int call_number() {
        const std::string word = rest_.substr(0, rest_.find_first_of(" \t"));
        if (word.size() < 2 || word.size() > 8 || word[0] != '#' || !is_number(word.substr(1))) {
            return 0;
        }
        next();
        return std::stoi(word.substr(1));
    }

    // All that is left.
    std::string rest() const { return rest_; }

    static bool is_number(const std::string &word) {
        return !word.empty() && word.size() <= 9 && word.find_first_not_of("0123456789") == std::string::npos;
    }

  private:
    void trim() {
        const std::size_t begin = rest_.find_first_not_of(" \t\r");
        const std::size_t end = rest_.find_last_not_of(" \t\r");
        rest_ = begin == std::string::npos ? "" : rest_.substr(begin, end - begin + 1);
    }

    std::string rest_;
};

} // namespace phone

#endif
