# shellcheck shell=bash
# ./dev package: what is handed to people who do not build the library themselves. Everything goes to target/packages.
#
# Names and version come from Cargo.toml. Two runs over the same sources and tools make the same files: times are those of
# SOURCE_DATE_EPOCH (else of the last commit), lists are sorted, and no path of this machine is compiled in.

PACKAGES=target/packages

help_package() {
    cat <<'END'
usage: ./dev package [what...]

Makes the packages, all or those named, in target/packages:

  licences  THIRD-PARTY-LICENSES (cargo about), and the components as CycloneDX (cargo cyclonedx)
  deb       the Debian packages: runtime and development
  tar       <name>-<version>-linux-<machine>.tar.gz: headers, libraries, CMake package, pkg-config file
  windows   <name>-<version>-windows-x86_64.zip of what ./dev build --windows has left in target/windows; without it, skipped
  vendored  <name>-<version>-vendored.tar.gz: the sources and all crates, to be built without a network: RTM_CALL_OFFLINE

deb, tar and windows have the licences in them. SHA256SUMS is written at the end. DEBFULLNAME and DEBEMAIL name the
maintainer of the Debian packages. Conan and vcpkg build from the sources: packaging/README.md.
END
}

cmd_package() {
    local kinds=("$@") kind
    [ ${#kinds[@]} -gt 0 ] || kinds=(licences deb tar windows vendored)
    for kind in "${kinds[@]}"; do
        case $kind in
            licences | deb | tar | windows | vendored) ;;
            *) bad_usage "package knows no '$kind'; ./dev package --help lists what it knows" ;;
        esac
    done
    need_rust
    need cmake ninja cc strip gzip
    case " ${kinds[*]} " in *' deb '*) need dpkg-deb dpkg-shlibdeps ;; esac
    case " ${kinds[*]} " in *' windows '*) need zip ;; esac

    unset RTM_CALL_CARGO_DIR # what is built without paths of this machine is not for others
    package_name=$(manifest name)
    package_version=$(manifest version)
    linux_list=$PACKAGES/$package_name-$package_version-linux-$(uname -m).cdx.json
    windows_list=$PACKAGES/$package_name-$package_version-windows-x86_64.cdx.json
    SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
    export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C
    mkdir -p "$PACKAGES" target/package

    case " ${kinds[*]} " in *' licences '* | *' deb '* | *' tar '* | *' windows '*) package_licences ;; esac
    case " ${kinds[*]} " in *' deb '* | *' tar '* | *' windows '*) package_build ;; esac
    for kind in "${kinds[@]}"; do
        case $kind in deb | tar | windows | vendored) "package_$kind" ;; esac
    done
    rm -f "$PACKAGES/SHA256SUMS"
    (cd "$PACKAGES" && find . -maxdepth 1 -type f -printf '%f\n' | sort | xargs sha256sum) >target/package/SHA256SUMS
    mv target/package/SHA256SUMS "$PACKAGES"
    say "in $PACKAGES:"
    find "$PACKAGES" -maxdepth 1 -type f -printf '%10s  %f\n' | sort -k 2
}

# What is linked in: as texts for people, as a list for machines.
package_licences() {
    need_cargo_tool about "collects the licences of the crates that are linked in" --features cli
    need_cargo_tool cyclonedx "lists the crates that are linked in"
    say "licences of the crates"
    cargo fetch --locked --quiet
    # Out of the crates themselves: offline, so that the same crates always make the same file.
    cargo about generate --frozen --fail -c packaging/about.toml packaging/third-party.hbs -o "$PACKAGES/THIRD-PARTY-LICENSES"
    package_components "$(rustc -vV | sed -n 's/^host: //p')" "$linux_list"
    package_components x86_64-pc-windows-gnu "$windows_list"
}

# package_components <target of Rust> <file>
package_components() {
    say "components for $1"
    # It writes beside Cargo.toml, and nowhere else; and it names the folder.
    cargo cyclonedx -qq --format json --spec-version 1.5 --no-build-deps --target "$1" --override-filename "$package_name.cdx"
    sed -e "s|file://$PWD|file:///$package_name|g; s|?download_url=file://[^\"#]*||" "$package_name.cdx.json" >"$2"
    rm "$package_name.cdx.json"
}

# The library, built once; package_install gives it the layout that is wanted.
package_build() {
    say "building the library"
    package_configure /usr/local lib
    without_paths cmake --build target/package/build
}

# package_configure <prefix> <library folder>
package_configure() {
    cmake -S . -B target/package/build -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=Release -DRTM_CALL_BUILD_EXAMPLES=OFF \
        -DRTM_CALL_BUILD_TESTS=OFF -DCMAKE_INSTALL_PREFIX="$1" -DCMAKE_INSTALL_LIBDIR="$2"
}

# package_install <folder> <prefix> <library folder>: installs into the folder, as if it were that prefix, without what a
# debugger would need.
package_install() {
    rm -rf "$1"
    mkdir -p "$1"
    package_configure "$2" "$3"
    cmake --install target/package/build --prefix "$PWD/$1" >/dev/null
    find "$1" -name '*.so.*' -type f -exec strip --strip-unneeded {} +
    find "$1" -name '*.a' -exec strip --strip-debug --enable-deterministic-archives {} +
}

# package_documents <folder> <list of components>: the texts that go with every package.
package_documents() {
    mkdir -p "$1"
    cp LICENSE LICENSE-MIT LICENSE-APACHE CHANGELOG.md "$PACKAGES/THIRD-PARTY-LICENSES" "$1"
    cp "$2" "$1"
}

# package_archive <folder>: packs it as <folder>.tar.gz into $PACKAGES.
package_archive() {
    local name
    name=$(basename "$1")
    find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
    tar -C "$(dirname "$1")" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" \
        -cf - "$name" | gzip -9n >"$PACKAGES/$name.tar.gz"
}

package_tar() {
    local folder
    folder=target/package/$package_name-$package_version-linux-$(uname -m)
    say "$(basename "$folder").tar.gz"
    # It may be unpacked anywhere: nothing in it names its place.
    package_install "$folder" /usr/local lib
    package_documents "$folder/share/doc/$package_name" "$linux_list"
    package_archive "$folder"
}

package_deb() {
    local work=target/package/deb runtime dev major minor libdir limit maintainer package folder
    major=${package_version%%.*}
    minor=${package_version#*.} minor=${minor%%.*}
    libdir=lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
    runtime=lib$package_name$major dev=lib$package_name-dev
    maintainer="${DEBFULLNAME:-The $package_name contributors} <${DEBEMAIL:-$package_name@packages.invalid}>"
    say "$runtime and $dev"
    package_install "$work/all/usr" /usr "$libdir"

    # What the tools of dpkg want to read.
    rm -f "$work"/*.files
    mkdir -p "$work/debian"
    sed -e "s/@NAME@/$package_name/; s/@SOVERSION@/$major/; s/@MAINTAINER@/$maintainer/" packaging/debian/control.in >"$work/debian/control"
    cat >"$work/debian/changelog" <<END
$package_name ($package_version-1) unstable; urgency=medium

  * Version $package_version: see changelog.gz beside this file.

 -- $maintainer  $(date -R -d "@$SOURCE_DATE_EPOCH")
END

    # The shared library and its soname; all else is for developers.
    rm -rf "$work/$runtime" "$work/$dev"
    mkdir -p "$work/$runtime/DEBIAN" "$work/$runtime/usr/$libdir" "$work/$dev/DEBIAN"
    mv "$work/all/usr/$libdir"/librtm_call.so.* "$work/$runtime/usr/$libdir"
    chmod 644 "$work/$runtime/usr/$libdir/librtm_call.so.$package_version"
    mv "$work/all/usr" "$work/$dev"

    # Below 1.0 a minor version may break what was linked with the one before.
    limit=''
    [ "$major" != 0 ] || limit=", $runtime (<< 0.$((minor + 1))~)"
    {
        printf 'librtm_call.so.%s %s #MINVER#%s\n' "$major" "$runtime" "$limit"
        nm -D --defined-only "$work/$runtime/usr/$libdir/librtm_call.so.$major" |
            awk -v version="$package_version" '{ print " " $3 "@Base " version }' | sort
    } >"$work/$runtime/DEBIAN/symbols"
    printf 'librtm_call %s %s (>= %s)%s\n' "$major" "$runtime" "$package_version" "$limit" >"$work/$runtime/DEBIAN/shlibs"
    printf 'activate-noawait ldconfig\n' >"$work/$runtime/DEBIAN/triggers"
    (
        cd "$work"
        dpkg-shlibdeps -O "$runtime/usr/$libdir/librtm_call.so.$package_version" >"$runtime.substvars"
        : >"$dev.substvars"
    )
    for package in "$runtime" "$dev"; do
        folder=$work/$package
        mkdir -p "$folder/usr/share/doc/$package"
        cp packaging/debian/copyright "$folder/usr/share/doc/$package/copyright"
        gzip -9nc "$work/debian/changelog" >"$folder/usr/share/doc/$package/changelog.Debian.gz"
        gzip -9nc CHANGELOG.md >"$folder/usr/share/doc/$package/changelog.gz"
        gzip -9nc "$PACKAGES/THIRD-PARTY-LICENSES" >"$folder/usr/share/doc/$package/THIRD-PARTY-LICENSES.gz"
    done
    gzip -9nc "$linux_list" >"$work/$dev/usr/share/doc/$dev/$package_name.cdx.json.gz"
    for package in "$runtime" "$dev"; do
        folder=$work/$package
        (cd "$work" && dpkg-gencontrol -p"$package" -P"$package" -T"$package.substvars" -f"$package.files")
        (cd "$folder" && find usr -type f -printf '%P\n' | sort | sed 's|^|usr/|' | xargs md5sum >DEBIAN/md5sums)
        find "$folder" -type d -exec chmod 755 {} +
        find "$folder" -type f -exec chmod 644 {} +
        find "$folder" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
        dpkg-deb --root-owner-group --build "$folder" "$PACKAGES" >/dev/null
    done
}

# What ./dev build --windows has installed, without what a debugger would need.
package_windows() {
    local folder=target/package/$package_name-$package_version-windows-x86_64
    if [ ! -f target/windows/bin/rtm_call.dll ]; then
        say "no Windows package: target/windows has no library (./dev build --windows makes it)"
        return
    fi
    grep -q "RTM_CALL_VERSION \"$package_version\"" target/windows/include/rtm_call.h ||
        fail "target/windows has another version than $package_version: ./dev build --windows makes it anew"
    say "$(basename "$folder").zip"
    rm -rf "$folder" "$PACKAGES/$(basename "$folder").zip"
    cp -r target/windows "$folder"
    # Not the static library: it has members without a section, at which this strip gives up.
    x86_64-w64-mingw32-strip --strip-unneeded "$folder/bin/rtm_call.dll"
    package_documents "$folder/share/doc/$package_name" "$windows_list"
    find "$folder" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +
    (cd target/package && find "$(basename "$folder")" | sort | zip -q -X -@ "$OLDPWD/$PACKAGES/$(basename "$folder").zip")
}

# The sources that git knows, and the crates of Cargo.lock, of which cargo is told.
package_vendored() {
    local folder=target/package/$package_name-$package_version-vendored
    say "$(basename "$folder").tar.gz"
    rm -rf "$folder"
    mkdir -p "$folder/.cargo"
    git ls-files -z | tar --null -T - -cf - | tar -C "$folder" -xf -
    cargo vendor --locked --versioned-dirs "$folder/vendor" 2>/dev/null >"$folder/.cargo/config.toml.new"
    # Its answer names the folder as it was given; the archive has it at its top.
    sed 's|^directory = .*|directory = "vendor"|' "$folder/.cargo/config.toml.new" >"$folder/.cargo/config.toml"
    rm "$folder/.cargo/config.toml.new"
    package_archive "$folder"
}
