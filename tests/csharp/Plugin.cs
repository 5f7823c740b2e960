// A plugin that a host loads into a domain of its own: somebody who can be called. For Reload.cs.
using System;
using RtmCall;

public sealed class Plugin : MarshalByRefObject
{
    Service bob;

    /// Logs bob in. He answers at once, or lets it ring.
    public void Start(bool answers)
    {
        bob = new Service("reload");
        bob.RemoteReceived += call =>
        {
            GC.Collect(); // a collection stops every thread that ever ran a callback: the library's too
            if (!answers) return;
            call.Response = "here, for the " + AppDomain.CurrentDomain.FriendlyName;
            call.Accept();
            call.Release();
        };
        bob.Login("bob");
    }

    /// What a plugin does before it is unloaded.
    public void Stop() { bob.Dispose(); }

    public override object InitializeLifetimeService() { return null; } // no lease: it lives as long as its domain
}
