namespace MolSampling.Tests;

/// <summary>Public test data that is not part of the project: named by MOLSAMPLING_SHARED_DATA, or beside the checkout.</summary>
internal static class SharedData
{
    /// <summary>The path of a file; skips the test where it is absent.</summary>
    public static string Require(string relative)
    {
        string? root = Environment.GetEnvironmentVariable("MOLSAMPLING_SHARED_DATA");
        root ??= Path.Combine(Checkout, "..", "shared", "data");
        string path = Path.Combine(root, relative);
        Skip.IfNot(File.Exists(path), $"test data {relative} is not here (set MOLSAMPLING_SHARED_DATA)");
        return path;
    }

    /// <summary>The path of a file of a case that was reported (../shared/cases); skips the test where it is absent.</summary>
    public static string Case(string name, string file)
    {
        string path = Path.Combine(Checkout, "..", "shared", "cases", name, file);
        Skip.IfNot(File.Exists(path), $"case {name}/{file} is not here");
        return path;
    }

    /// <summary>The top folder of the checkout.</summary>
    public static string Checkout
    {
        get
        {
            for (DirectoryInfo? d = new(AppContext.BaseDirectory); d is not null; d = d.Parent)
                if (File.Exists(Path.Combine(d.FullName, "MolSampling.sln")))
                    return d.FullName;
            throw new DirectoryNotFoundException("the tests do not run inside a checkout");
        }
    }
}
