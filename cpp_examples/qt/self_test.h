// What --screenshot does: plays a user at two windows, through their widgets, and takes a picture while it rings.
#ifndef QT_PHONE_SELF_TEST_H
#define QT_PHONE_SELF_TEST_H

#include <QString>

// Whether all went as it should; what did not is said on stderr. `picture`: the PNG file to write.
bool self_test(const QString &url, const QString &picture);

#endif
