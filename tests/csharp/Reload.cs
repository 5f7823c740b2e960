// A host whose plugin is unloaded and loaded again, as an editor does with scripts: the domain goes, with the code of its
// callbacks, and the library stays. The host calls into each of them.
using System;
using System.Collections.Concurrent;
using RtmCall;

static class Reload
{
    static readonly BlockingCollection<string> Heard = new BlockingCollection<string>();

    static int Main()
    {
        using (var alice = new Service("reload"))
        {
            alice.LocalRinging += call => { GC.Collect(); Heard.Add("ringing"); };
            alice.LocalAccepted += (call, response) => Heard.Add("accepted: " + response);
            alice.LocalFailed += (call, why) => Heard.Add("failed: " + why);
            alice.Login("alice");

            AppDomain first = Load("first");
            Plugin plugin = PluginIn(first, true);
            Call(alice);
            Expect("ringing");
            Expect("accepted: here, for the first");
            plugin.Stop(); // the rule
            AppDomain.Unload(first);

            Call(alice, 500); // nobody is there, and no callback of the first domain runs
            Expect("failed: RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE");

            AppDomain second = Load("second");
            plugin = PluginIn(second, true);
            Call(alice);
            Expect("ringing");
            Expect("accepted: here, for the second");
            AppDomain.Unload(second); // it forgot; the binding did not

            Call(alice, 500);
            Expect("failed: RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE");

            AppDomain third = Load("third");
            plugin = PluginIn(third, false);
            Call(alice);
            Expect("ringing");
            AppDomain.Unload(third); // in the middle of a call: the caller is told
            Expect("failed: RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE");
        }
        for (int i = 0; i < 10; i++) GC.Collect();
        if (Heard.Count > 0) throw new Exception("one event too many: " + Heard.Take());
        Console.WriteLine("three plugins came and went");
        return 0;
    }

    static AppDomain Load(string name) { return AppDomain.CreateDomain(name); }

    static Plugin PluginIn(AppDomain domain, bool answers)
    {
        var plugin = (Plugin)domain.CreateInstanceAndUnwrap("plugin", "Plugin");
        plugin.Start(answers);
        return plugin;
    }

    static void Call(Service alice, uint acknowledgeTimeoutMs = 30000)
    {
        LocalInvitation call = alice.CreateInvitation("bob");
        call.AcknowledgeTimeoutMs = acknowledgeTimeoutMs;
        call.Send();
        call.Release();
    }

    static void Expect(string what)
    {
        string heard;
        if (!Heard.TryTake(out heard, 30000)) heard = "nothing, for 30 s";
        if (heard != what) throw new Exception("expected " + what + ", heard " + heard);
        Console.WriteLine(what);
    }
}
