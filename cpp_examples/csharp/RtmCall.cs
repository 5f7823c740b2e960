// RtmCall.cs: rtm_call for C#, as one file to copy into a project. It binds what a call needs; the rest of rtm_call.h
// is bound the same way. The rules that it keeps are in docs/BINDINGS.md.
//
// Written for Mono, .NET and game engines (IL2CPP too), 64-bit. The library is found as librtm_call.so or rtm_call.dll.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace RtmCall
{
    /// Which thread runs a service's events: one of the service's own, which ends with it, or whoever calls Dispatch().
    public enum Delivery { OwnWorker = 0, Pump = 2 }

    /// What a function answers when it is not OK: the name of the code, and the library's sentence.
    public sealed class RtmException : Exception
    {
        public readonly int Status;
        internal RtmException(int status)
            : base(Text.From(Native.rtm_status_name(status)) + ": " + Text.From(Native.rtm_last_error()))
        {
            Status = status;
        }
    }

    /// A caller's invitation: a number. It may be copied, sent to other threads and used after its end; a stale one is
    /// answered with an exception, never with a crash.
    public struct LocalInvitation
    {
        readonly Service service;
        readonly IntPtr handle;
        internal LocalInvitation(Service service, IntPtr handle) { this.service = service; this.handle = handle; }

        public string CalleeId { get { return Text.From(Native.rtm_local_call_invitation_get_callee_id(handle)); } }
        public string Content { set { Check.Ok(Native.rtm_local_call_invitation_set_content(handle, Text.To(value))); } }
        public string ChannelId { set { Check.Ok(Native.rtm_local_call_invitation_set_channel_id(handle, Text.To(value))); } }
        public uint AcknowledgeTimeoutMs
        {
            set { Check.Ok(Native.rtm_local_call_invitation_set_acknowledge_timeout(handle, value)); }
        }
        public void Send() { Check.Ok(Native.rtm_call_manager_send_local_invitation(service.Manager, handle)); }
        public void Cancel() { Check.Ok(Native.rtm_call_manager_cancel_local_invitation(service.Manager, handle)); }

        /// Gives up the handle, once, in any state: a call that is under way goes on, and its events still come.
        public void Release() { Check.Ok(Native.rtm_local_call_invitation_release(handle)); }
    }

    /// A callee's invitation, like LocalInvitation. Whoever hears of one in RemoteReceived releases it once.
    public struct RemoteInvitation
    {
        readonly Service service;
        readonly IntPtr handle;
        internal RemoteInvitation(Service service, IntPtr handle) { this.service = service; this.handle = handle; }

        public string CallerId { get { return Text.From(Native.rtm_remote_call_invitation_get_caller_id(handle)); } }
        public string Content { get { return Text.From(Native.rtm_remote_call_invitation_get_content(handle)); } }
        public string ChannelId { get { return Text.From(Native.rtm_remote_call_invitation_get_channel_id(handle)); } }
        public string Response { set { Check.Ok(Native.rtm_remote_call_invitation_set_response(handle, Text.To(value))); } }
        public void Accept() { Check.Ok(Native.rtm_call_manager_accept_remote_invitation(service.Manager, handle)); }
        public void Refuse() { Check.Ok(Native.rtm_call_manager_refuse_remote_invitation(service.Manager, handle)); }
        public void Release() { Check.Ok(Native.rtm_remote_call_invitation_release(handle)); }
    }

    /// One user's end. Subscribe to what is of interest, then Login. Dispose before the objects that the events use are
    /// gone: the library keeps a service, and what it refers to, alive until then, whatever the garbage collector thinks.
    public sealed class Service : IDisposable
    {
        // With Delivery.Pump these come inside Dispatch() and Dispose(), on the thread that calls; else on a thread of
        // the library. They come one at a time. An exception that leaves one is handed to Faulted.
        public event Action LoggedIn;
        public event Action<string> LoginFailed;
        public event Action<LocalInvitation> LocalRinging;
        public event Action<LocalInvitation, string> LocalAccepted;
        public event Action<LocalInvitation, string> LocalRefused;
        public event Action<LocalInvitation> LocalCanceled;
        public event Action<LocalInvitation, string> LocalFailed;
        public event Action<RemoteInvitation> RemoteReceived;
        public event Action<RemoteInvitation> RemoteAccepted;
        public event Action<RemoteInvitation> RemoteRefused;
        public event Action<RemoteInvitation> RemoteCanceled;
        public event Action<RemoteInvitation, string> RemoteFailed;
        public event Action<Exception> Faulted;

        internal IntPtr Manager;
        IntPtr service;
        readonly Delivery delivery;

        // The services of this domain that are not disposed.
        static readonly List<Service> Living = new List<Service>();

        // A domain that is unloaded (a plugin, an editor that reloads its scripts) takes the callbacks' code with it, and
        // the library stays: whoever has not disposed its services by then is helped out here. It is a net, not a plan: the
        // events come in the middle of the unloading.
        static Service()
        {
            AppDomain.CurrentDomain.DomainUnload += delegate { DisposeAll(); };
            AppDomain.CurrentDomain.ProcessExit += delegate { DisposeAll(); };
        }

        /// url: the carrier's address, null for the default.
        public Service(string appId, Delivery delivery = Delivery.OwnWorker, string url = null)
        {
            this.delivery = delivery;
            byte[] address = Text.To(url), app = Text.To(appId);
            GCHandle pinned = GCHandle.Alloc(address, GCHandleType.Pinned);
            try
            {
                var config = new Native.ServiceConfig
                {
                    struct_size = Native.SizeOf<Native.ServiceConfig>(),
                    url = address == null ? IntPtr.Zero : pinned.AddrOfPinnedObject(),
                    delivery = (int)delivery
                };
                Check.Ok(Native.rtm_service_create(ref config, out service));
            }
            finally
            {
                pinned.Free();
            }
            try
            {
                Native.ServiceEventHandler events = Callbacks.Events;
                events.context = Callbacks.Hold(this);
                Callbacks.Registered(Native.rtm_service_initialize(service, app, ref events), events.context);
                Native.CallEventHandler calls = Callbacks.Calls;
                calls.context = Callbacks.Hold(this);
                Callbacks.Registered(Native.rtm_service_get_call_manager(service, ref calls, out Manager), calls.context);
            }
            catch
            {
                Native.rtm_service_release(service);
                throw;
            }
            lock (Living)
            {
                Living.Add(this);
            }
        }

        public void Login(string userId, string token = null)
        {
            Check.Ok(Native.rtm_service_login(service, Text.To(token), Text.To(userId)));
        }

        /// Runs the events that wait, here: with Delivery.Pump, once a frame on the engine's main thread. Never waits.
        public void Dispatch() { Check.Ok(Native.rtm_service_dispatch(service, UIntPtr.Zero, IntPtr.Zero)); }

        public LocalInvitation CreateInvitation(string calleeId)
        {
            IntPtr handle;
            Check.Ok(Native.rtm_call_manager_create_local_call_invitation(Manager, Text.To(calleeId), out handle));
            return new LocalInvitation(this, handle);
        }

        /// Logs out; every open invitation has its last event. When it returns no event runs or can start, unless it is
        /// called inside one. The calling thread must hold no lock that an event waits for.
        public void Dispose()
        {
            bool mine;
            lock (Living)
            {
                mine = Living.Remove(this);
            }
            if (mine)
            {
                Check.Ok(Native.rtm_service_release(service));
            }
        }

        /// Disposes every service of this domain: for the hook by which an engine says that it will reload its scripts.
        public static void DisposeAll()
        {
            Service[] all;
            lock (Living)
            {
                all = new Service[Living.Count];
                Living.CopyTo(all);
            }
            foreach (Service service in all)
            {
                service.Dispose();
            }
        }

        // What the library calls. Static methods whose delegates are never collected: the library holds function pointers,
        // of which the garbage collector knows nothing. The attribute is for engines that compile ahead of time (IL2CPP).
        static class Callbacks
        {
            internal static readonly Native.ServiceEventHandler Events = new Native.ServiceEventHandler
            {
                struct_size = Native.SizeOf<Native.ServiceEventHandler>(),
                drop = Keep<Native.OnContext>(Drop),
                on_login_success = Keep<Native.OnContext>(OnLoginSuccess),
                on_login_failure = Keep<Native.OnCode>(OnLoginFailure)
            };
            internal static readonly Native.CallEventHandler Calls = new Native.CallEventHandler
            {
                struct_size = Native.SizeOf<Native.CallEventHandler>(),
                drop = Keep<Native.OnContext>(Drop),
                on_local_received_by_peer = Keep<Native.OnHandle>(OnLocalReceivedByPeer),
                on_local_accepted = Keep<Native.OnHandleAndText>(OnLocalAccepted),
                on_local_refused = Keep<Native.OnHandleAndText>(OnLocalRefused),
                on_local_canceled = Keep<Native.OnHandle>(OnLocalCanceled),
                on_local_failure = Keep<Native.OnHandleAndCode>(OnLocalFailure),
                on_remote_received = Keep<Native.OnHandle>(OnRemoteReceived),
                on_remote_accepted = Keep<Native.OnHandle>(OnRemoteAccepted),
                on_remote_refused = Keep<Native.OnHandle>(OnRemoteRefused),
                on_remote_canceled = Keep<Native.OnHandle>(OnRemoteCanceled),
                on_remote_failure = Keep<Native.OnHandleAndCode>(OnRemoteFailure)
            };

            static List<Delegate> kept; // not initialised here: Events, above, is made before
            static IntPtr Keep<T>(T callback) where T : class
            {
                Delegate function = (Delegate)(object)callback;
                (kept = kept ?? new List<Delegate>()).Add(function);
                return Marshal.GetFunctionPointerForDelegate(function);
            }

            // The context: a strong handle on the service, freed by drop, which comes once, after the last callback.
            internal static IntPtr Hold(Service service) { return GCHandle.ToIntPtr(GCHandle.Alloc(service)); }
            internal static void Registered(int status, IntPtr context)
            {
                if (status != 0)
                {
                    GCHandle.FromIntPtr(context).Free(); // a handler that was not taken gets no drop
                    throw new RtmException(status);
                }
            }

            // No exception may leave a callback: below it are frames that are not the runtime's.
            static void Guarded(IntPtr context, Action<Service> callback)
            {
                Service service = null;
                try
                {
                    service = (Service)GCHandle.FromIntPtr(context).Target;
                    // Else Mono, at the program's end, waits for a worker whose service was forgotten.
                    if (service.delivery == Delivery.OwnWorker) Thread.CurrentThread.IsBackground = true;
                    callback(service);
                }
                catch (Exception exception)
                {
                    try
                    {
                        if (service != null && service.Faulted != null) service.Faulted(exception);
                        else Console.Error.WriteLine(exception);
                    }
                    catch (Exception)
                    {
                        // There is nobody left to tell.
                    }
                }
            }
            static void Raise(Action handler) { if (handler != null) handler(); }
            static void Raise<A>(Action<A> handler, A a) { if (handler != null) handler(a); }
            static void Raise<A, B>(Action<A, B> handler, A a, B b) { if (handler != null) handler(a, b); }
            static LocalInvitation Local(Service service, IntPtr handle) { return new LocalInvitation(service, handle); }
            static RemoteInvitation Remote(Service service, IntPtr handle) { return new RemoteInvitation(service, handle); }

            [MonoPInvokeCallback(typeof(Native.OnContext))]
            static void Drop(IntPtr context) { GCHandle.FromIntPtr(context).Free(); }
            [MonoPInvokeCallback(typeof(Native.OnContext))]
            static void OnLoginSuccess(IntPtr context) { Guarded(context, s => Raise(s.LoggedIn)); }
            [MonoPInvokeCallback(typeof(Native.OnCode))]
            static void OnLoginFailure(IntPtr context, int code)
            {
                Guarded(context, s => Raise(s.LoginFailed, Text.From(Native.rtm_login_err_text(code))));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandle))]
            static void OnLocalReceivedByPeer(IntPtr context, IntPtr call)
            {
                Guarded(context, s => Raise(s.LocalRinging, Local(s, call)));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandleAndText))]
            static void OnLocalAccepted(IntPtr context, IntPtr call, IntPtr response)
            {
                Guarded(context, s => Raise(s.LocalAccepted, Local(s, call), Text.From(response)));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandleAndText))]
            static void OnLocalRefused(IntPtr context, IntPtr call, IntPtr response)
            {
                Guarded(context, s => Raise(s.LocalRefused, Local(s, call), Text.From(response)));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandle))]
            static void OnLocalCanceled(IntPtr context, IntPtr call)
            {
                Guarded(context, s => Raise(s.LocalCanceled, Local(s, call)));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandleAndCode))]
            static void OnLocalFailure(IntPtr context, IntPtr call, int code)
            {
                Guarded(context, s => Raise(s.LocalFailed, Local(s, call), Text.From(Native.rtm_local_invitation_err_name(code))));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandle))]
            static void OnRemoteReceived(IntPtr context, IntPtr call)
            {
                Guarded(context, s =>
                {
                    if (s.RemoteReceived != null) s.RemoteReceived(Remote(s, call));
                    else Remote(s, call).Release(); // Nobody hears of it, so nobody else will.
                });
            }
            [MonoPInvokeCallback(typeof(Native.OnHandle))]
            static void OnRemoteAccepted(IntPtr context, IntPtr call)
            {
                Guarded(context, s => Raise(s.RemoteAccepted, Remote(s, call)));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandle))]
            static void OnRemoteRefused(IntPtr context, IntPtr call)
            {
                Guarded(context, s => Raise(s.RemoteRefused, Remote(s, call)));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandle))]
            static void OnRemoteCanceled(IntPtr context, IntPtr call)
            {
                Guarded(context, s => Raise(s.RemoteCanceled, Remote(s, call)));
            }
            [MonoPInvokeCallback(typeof(Native.OnHandleAndCode))]
            static void OnRemoteFailure(IntPtr context, IntPtr call, int code)
            {
                Guarded(context, s => Raise(s.RemoteFailed, Remote(s, call), Text.From(Native.rtm_remote_invitation_err_name(code))));
            }
        }
    }

    static class Check
    {
        internal static void Ok(int status) { if (status != 0) throw new RtmException(status); }
    }

    // UTF-8 with a final NUL, both ways.
    static class Text
    {
        static readonly UTF8Encoding Utf8 = new UTF8Encoding(false, true); // throws on half a character

        internal static byte[] To(string text)
        {
            if (text == null) return null;
            if (text.IndexOf('\0') >= 0) throw new ArgumentException("U+0000 inside a text: the library would not see what follows it");
            return Utf8.GetBytes(text + "\0");
        }

        internal static string From(IntPtr text)
        {
            int length = 0;
            while (Marshal.ReadByte(text, length) != 0) length++;
            byte[] bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            return Utf8.GetString(bytes);
        }
    }

    // By its name, which is what IL2CPP looks for.
    [AttributeUsage(AttributeTargets.Method)]
    sealed class MonoPInvokeCallbackAttribute : Attribute
    {
        public MonoPInvokeCallbackAttribute(Type type) { }
    }

    // rtm_call.h: handles and pointers are IntPtr, size_t is UIntPtr, an enum is an int, a struct begins with its size.
    static class Native
    {
        const string Library = "rtm_call";
        const CallingConvention C = CallingConvention.Cdecl;

        [UnmanagedFunctionPointer(C)] internal delegate void OnContext(IntPtr context);
        [UnmanagedFunctionPointer(C)] internal delegate void OnCode(IntPtr context, int code);
        [UnmanagedFunctionPointer(C)] internal delegate void OnHandle(IntPtr context, IntPtr handle);
        [UnmanagedFunctionPointer(C)] internal delegate void OnHandleAndText(IntPtr context, IntPtr handle, IntPtr text);
        [UnmanagedFunctionPointer(C)] internal delegate void OnHandleAndCode(IntPtr context, IntPtr handle, int code);

        [StructLayout(LayoutKind.Sequential)]
        internal struct ServiceConfig
        {
            internal UIntPtr struct_size;
            internal IntPtr url;
            internal int delivery;
            internal uint acknowledge_timeout_ms, ring_timeout_ms, accept_timeout_ms, login_timeout_ms, grace_ms;
            internal uint max_open_invitations, max_open_per_peer, max_remembered_invitations, reserved;
        }

        // The fields at the end that are not used may be left out: struct_size says so.
        [StructLayout(LayoutKind.Sequential)]
        internal struct ServiceEventHandler
        {
            internal UIntPtr struct_size;
            internal IntPtr context, drop, on_login_success, on_login_failure;
        }

        [StructLayout(LayoutKind.Sequential)]
        internal struct CallEventHandler
        {
            internal UIntPtr struct_size;
            internal IntPtr context, drop;
            internal IntPtr on_local_received_by_peer, on_local_accepted, on_local_refused, on_local_canceled, on_local_failure;
            internal IntPtr on_remote_received, on_remote_accepted, on_remote_refused, on_remote_canceled, on_remote_failure;
        }

        internal static UIntPtr SizeOf<T>() { return (UIntPtr)(uint)Marshal.SizeOf(typeof(T)); }

        [DllImport(Library, CallingConvention = C)] internal static extern IntPtr rtm_version();
        [DllImport(Library, CallingConvention = C)] internal static extern IntPtr rtm_last_error();
        [DllImport(Library, CallingConvention = C)] internal static extern IntPtr rtm_status_name(int status);
        [DllImport(Library, CallingConvention = C)] internal static extern IntPtr rtm_login_err_text(int code);
        [DllImport(Library, CallingConvention = C)] internal static extern IntPtr rtm_local_invitation_err_name(int code);
        [DllImport(Library, CallingConvention = C)] internal static extern IntPtr rtm_remote_invitation_err_name(int code);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_service_create(ref ServiceConfig config, out IntPtr service);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_service_initialize(IntPtr service, byte[] app_id, ref ServiceEventHandler handler);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_service_get_call_manager(IntPtr service, ref CallEventHandler handler, out IntPtr manager);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_service_login(IntPtr service, byte[] token, byte[] user_id);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_service_dispatch(IntPtr service, UIntPtr max, IntPtr count);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_service_release(IntPtr service);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_call_manager_create_local_call_invitation(IntPtr manager, byte[] callee_id, out IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_call_manager_send_local_invitation(IntPtr manager, IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_call_manager_cancel_local_invitation(IntPtr manager, IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_call_manager_accept_remote_invitation(IntPtr manager, IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_call_manager_refuse_remote_invitation(IntPtr manager, IntPtr invitation);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr rtm_local_call_invitation_get_callee_id(IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_local_call_invitation_set_content(IntPtr invitation, byte[] content);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_local_call_invitation_set_channel_id(IntPtr invitation, byte[] channel_id);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_local_call_invitation_set_acknowledge_timeout(IntPtr invitation, uint timeout_ms);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_local_call_invitation_release(IntPtr invitation);

        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr rtm_remote_call_invitation_get_caller_id(IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr rtm_remote_call_invitation_get_content(IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern IntPtr rtm_remote_call_invitation_get_channel_id(IntPtr invitation);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_remote_call_invitation_set_response(IntPtr invitation, byte[] response);
        [DllImport(Library, CallingConvention = C)]
        internal static extern int rtm_remote_call_invitation_release(IntPtr invitation);
    }
}
