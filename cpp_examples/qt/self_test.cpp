#include "self_test.h"
#include "window.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QEventLoop>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QSet>
#include <QTextStream>
#include <functional>
#include <memory>
#include <stdexcept>

namespace {
QTextStream out(stdout);

// Runs the event loop until the condition holds. Nothing sleeps: the windows' own timers and what the library posts
// wake it up.
void wait_until(const QString &what, const std::function<bool()> &condition) {
    QDeadlineTimer deadline(30000);
    while (!condition()) {
        if (deadline.hasExpired()) {
            throw std::runtime_error("waited in vain: " + what.toStdString());
        }
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    out << "  " << what << Qt::endl;
}

// One person at a window: reads and uses its widgets as they are on the screen.
struct Person {
    Person(const QString &user, const QString &url) : name(user), window(new Window(user, url)) { window->show(); }

    template <typename Widget> Widget *widget(const char *object) const {
        auto *found = window->findChild<Widget *>(object);
        if (found == nullptr) {
            throw std::runtime_error(std::string("the window has no ") + object);
        }
        return found;
    }
    void click(const char *object) const {
        auto *button = widget<QPushButton>(object);
        if (!button->isEnabled()) {
            throw std::runtime_error(name.toStdString() + "'s button " + object + " is disabled");
        }
        button->click();
    }
    void calls(const QString &callee) const {
        widget<QLineEdit>("callee")->setText(callee);
        click("call");
    }
    void shows(const QString &status) const {
        wait_until(name + " shows: " + status, [=] { return widget<QLabel>("status")->text() == status; });
    }
    void notes(const QString &what) const {
        wait_until(name + " notes: " + what, [=] {
            const auto *history = widget<QListWidget>("history");
            return history->count() > 0 && history->item(history->count() - 1)->text().endsWith(what);
        });
    }
    void counts_to(const QString &elapsed) const {
        wait_until(name + " counts to " + elapsed, [=] { return widget<QLabel>("elapsed")->text() >= elapsed; });
    }

    QString name;
    std::unique_ptr<Window> window;
};

void take_picture(const Person &left, const Person &right, const QString &file) {
    const QImage a = left.window->grab().toImage(), b = right.window->grab().toImage();
    const int gap = 16;
    QImage both(a.width() + b.width() + 3 * gap, qMax(a.height(), b.height()) + 2 * gap, QImage::Format_RGB32);
    both.fill(QColor("#9aa5b1"));
    {
        QPainter painter(&both);
        painter.drawImage(gap, gap, a);
        painter.drawImage(a.width() + 2 * gap, gap, b);
    }
    if (!both.save(file, "PNG")) {
        throw std::runtime_error("cannot write " + file.toStdString());
    }
    // What was written is what counts: it must be a PNG, and no empty one.
    const QImage read(file, "PNG");
    QSet<QRgb> colours;
    for (int y = 0; y < read.height(); y++) {
        for (int x = 0; x < read.width(); x++) {
            colours.insert(read.pixel(x, y));
        }
    }
    if (read.size() != both.size() || colours.size() < 10) {
        throw std::runtime_error(file.toStdString() + " is no picture of the windows");
    }
    out << "  " << file << ": " << read.width() << " x " << read.height() << ", " << colours.size() << " colours"
        << Qt::endl;
}

void play(const QString &url, const QString &picture) {
    Person alice("alice", url), bob("bob", url);
    alice.shows("Ready");
    bob.shows("Ready");

    out << "accepted" << Qt::endl;
    alice.calls("bob");
    bob.shows("alice is calling");
    alice.shows("Ringing at bob");
    alice.counts_to("0:02");
    bob.counts_to("0:02");
    take_picture(alice, bob, picture);
    bob.click("accept");
    alice.shows("Talking to bob");
    bob.shows("Talking to alice");
    alice.click("hang_up");
    alice.shows("Ready");
    bob.shows("Ready");
    bob.notes("alice hung up");

    out << "refused" << Qt::endl;
    bob.calls("alice");
    alice.shows("bob is calling");
    alice.click("refuse");
    bob.notes("alice refused: not now");
    alice.notes("refused bob");

    out << "canceled" << Qt::endl;
    alice.calls("bob");
    bob.shows("alice is calling");
    alice.click("hang_up");
    alice.notes("canceled the call to bob");
    bob.notes("alice gave up");

    // The GUI thread waits in the destructor for a callback that may be running: it must not wait for the GUI thread.
    out << "a window that is closed while it rings" << Qt::endl;
    alice.calls("bob");
    bob.shows("alice is calling");
    bob.window.reset();
    alice.notes("bob is not there");
    alice.shows("Ready");
}
} // namespace

bool self_test(const QString &url, const QString &picture) {
    try {
        play(url, picture);
        return true;
    } catch (const std::exception &error) {
        QTextStream(stderr) << "qt_phone: " << error.what() << Qt::endl;
        return false;
    }
}
