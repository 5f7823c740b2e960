#include "window.h"

#include <QBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTime>

namespace {
const char STYLE[] = R"(
    Window { background: #f4f5f7; }
    QLabel#user { font-size: 20px; font-weight: bold; color: #1f2933; }
    QLabel#status { font-size: 18px; color: #1d4ed8; }
    QLabel#elapsed { font-size: 18px; color: #616e7c; }
    QLineEdit, QListWidget { background: white; border: 1px solid #cbd2d9; border-radius: 4px; padding: 6px; }
    QListWidget { color: #1f2933; }
    QPushButton {
        color: white; background: #2563eb; border: none; border-radius: 4px; padding: 8px 16px; font-weight: bold;
    }
    QPushButton#accept:enabled { background: #15803d; }
    QPushButton#refuse:enabled, QPushButton#hang_up:enabled { background: #b91c1c; }
    QPushButton:disabled { background: #cbd2d9; }
)";

QPushButton *button(const QString &text, const char *name) {
    auto *made = new QPushButton(text);
    made->setObjectName(name);
    return made;
}
QLabel *label(const QString &text, const char *name) {
    auto *made = new QLabel(text);
    made->setObjectName(name);
    return made;
}
} // namespace

Window::Window(const QString &user, const QString &url)
    : phone_(user, url), status_(label({}, "status")), elapsed_(label({}, "elapsed")), callee_(new QLineEdit),
      call_(button("Call", "call")), accept_(button("Accept", "accept")), refuse_(button("Refuse", "refuse")),
      hang_up_(button("Hang up", "hang_up")), history_(new QListWidget) {
    setWindowTitle(user + " - rtm-call");
    setStyleSheet(STYLE);
    callee_->setObjectName("callee");
    callee_->setPlaceholderText("Whom to call");
    QPalette colours = callee_->palette();
    colours.setColor(QPalette::Text, "#1f2933");
    colours.setColor(QPalette::PlaceholderText, "#9aa5b1");
    callee_->setPalette(colours);
    history_->setObjectName("history");
    history_->setFocusPolicy(Qt::NoFocus);

    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(18, 18, 18, 18);
    all->setSpacing(12);
    all->addWidget(label(user, "user"));
    auto *dial = new QHBoxLayout;
    dial->addWidget(callee_);
    dial->addWidget(call_);
    all->addLayout(dial);
    auto *line = new QHBoxLayout;
    line->addWidget(status_, 1);
    line->addWidget(elapsed_);
    all->addLayout(line);
    auto *answer = new QHBoxLayout;
    answer->addWidget(accept_);
    answer->addWidget(refuse_);
    answer->addWidget(hang_up_);
    all->addLayout(answer);
    all->addWidget(history_, 1);
    resize(360, 380);

    const auto dial_callee = [this] { phone_.dial(callee_->text().trimmed()); };
    connect(call_, &QPushButton::clicked, this, dial_callee);
    connect(callee_, &QLineEdit::returnPressed, this, dial_callee);
    connect(callee_, &QLineEdit::textChanged, this, &Window::show_state);
    connect(accept_, &QPushButton::clicked, &phone_, &Phone::accept);
    connect(refuse_, &QPushButton::clicked, &phone_, &Phone::refuse);
    connect(hang_up_, &QPushButton::clicked, &phone_, &Phone::hangUp);
    connect(&phone_, &Phone::changed, this, &Window::show_state);
    connect(&phone_, &Phone::happened, this, [this](const QString &what) {
        history_->addItem(QTime::currentTime().toString("HH:mm:ss  ") + what);
        history_->scrollToBottom();
    });
    connect(&tick_, &QTimer::timeout, this, &Window::show_elapsed);
    tick_.start(100);
    show_state();
}

void Window::show_state() {
    const Phone::State state = phone_.state();
    if (state != shown_) {
        shown_ = state;
        since_.start();
    }
    const QString peer = phone_.peer();
    switch (state) {
    case Phone::Offline:
        status_->setText("Not logged in");
        break;
    case Phone::Idle:
        status_->setText("Ready");
        break;
    case Phone::Calling:
        status_->setText("Calling " + peer);
        break;
    case Phone::RingingThere:
        status_->setText("Ringing at " + peer);
        break;
    case Phone::RingingHere:
        status_->setText(peer + " is calling");
        break;
    case Phone::Accepting:
        status_->setText("Accepting " + peer);
        break;
    case Phone::Talking:
        status_->setText("Talking to " + peer);
        break;
    }
    const bool calling = state == Phone::Calling || state == Phone::RingingThere;
    call_->setEnabled(state == Phone::Idle && !callee_->text().trimmed().isEmpty());
    accept_->setEnabled(state == Phone::RingingHere);
    refuse_->setEnabled(state == Phone::RingingHere);
    hang_up_->setEnabled(calling || state == Phone::Talking);
    hang_up_->setText(calling ? "Cancel" : "Hang up");
    show_elapsed();
}

// For how long it has been ringing, or the call has been going on.
void Window::show_elapsed() {
    const bool counts = shown_ == Phone::RingingThere || shown_ == Phone::RingingHere || shown_ == Phone::Talking;
    const qint64 seconds = counts ? since_.elapsed() / 1000 : 0;
    elapsed_->setText(counts ? QString("%1:%2").arg(seconds / 60).arg(seconds % 60, 2, 10, QChar('0')) : QString());
}
