// The window of one telephone.
#ifndef QT_PHONE_WINDOW_H
#define QT_PHONE_WINDOW_H

#include "phone.h"

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

// Shows what the phone says, and passes the buttons on. It knows nothing of the library or of threads.
class Window : public QWidget {
    Q_OBJECT

  public:
    Window(const QString &user, const QString &url);

  private:
    void show_state();
    void show_elapsed();

    Phone phone_;
    Phone::State shown_ = Phone::Offline;
    QLabel *status_, *elapsed_;
    QLineEdit *callee_;
    QPushButton *call_, *accept_, *refuse_, *hang_up_;
    QListWidget *history_;
    QElapsedTimer since_; // of the present state
    QTimer tick_;
};

#endif
