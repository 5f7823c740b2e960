// qt_phone: a telephone with a window. Without --user there are two in this process, alice's and bob's; with a broker's
// address and another user in each process they ring between machines.
#include "self_test.h"
#include "window.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QTextStream>
#include <stdexcept>

namespace {
struct Options {
    QStringList users;
    QString url, screenshot;
};

// -1: go on; else the exit code. Before there is a QApplication, since --help wants no display.
int read_options(int argc, char **argv, Options &options) {
    const QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription("A telephone with a window: dial, ring, accept, refuse, hang up.\n"
                                     "Exit code 0: fine; 1: it cannot start, or the self-test failed; 2: wrong usage.");
    const QCommandLineOption help({"h", "help"}, "This text.");
    const QCommandLineOption user("user", "Whose telephone; may be given several times. Default: alice and bob.",
                                  "name");
    const QCommandLineOption url("url", "The carrier's address. Default: hub://qt-phone, this process.", "address",
                                 "hub://qt-phone");
    const QCommandLineOption screenshot(
        "screenshot", "Self-test: alice and bob ring each other, and a picture of it is saved.", "file");
    parser.addOptions({help, user, url, screenshot});
    if (!parser.parse(QCoreApplication::arguments()) || !parser.positionalArguments().isEmpty()) {
        const QString error = parser.errorText();
        QTextStream(stderr) << "qt_phone: " << (error.isEmpty() ? "it takes options only" : error) << "\n"
                            << parser.helpText();
        return 2;
    }
    if (parser.isSet(help)) {
        QTextStream(stdout) << parser.helpText();
        return 0;
    }
    options.users = parser.isSet(user) ? parser.values(user) : QStringList{"alice", "bob"};
    options.url = parser.value(url);
    options.screenshot = parser.value(screenshot);
    return -1;
}
} // namespace

int main(int argc, char **argv) {
    Options options;
    const int code = read_options(argc, argv, options);
    if (code >= 0) {
        return code;
    }
    QApplication application(argc, argv);
    QApplication::setStyle("Fusion"); // the same everywhere
    if (!options.screenshot.isEmpty()) {
        return self_test(options.url, options.screenshot) ? 0 : 1;
    }
    try {
        for (const QString &user : options.users) {
            auto *window = new Window(user, options.url);
            window->setAttribute(Qt::WA_DeleteOnClose); // which logs out
            window->show();
        }
    } catch (const std::exception &error) {
        QTextStream(stderr) << "qt_phone: " << error.what() << "\n";
        qDeleteAll(QApplication::topLevelWidgets());
        return 1;
    }
    return QApplication::exec();
}
