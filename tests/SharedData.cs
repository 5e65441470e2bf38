namespace MolSampling.Tests;

/// <summary>Public test data that are not part of the project: in the folder that MOLSAMPLING_SHARED_DATA names, or beside the checkout;
/// cases in the folder cases beside them.</summary>
internal static class SharedData
{
    /// <summary>The path of a file; skips the test where it is absent.</summary>
    public static string Require(string relative)
    {
        string path = Path.Combine(Root, relative);
        Skip.IfNot(File.Exists(path), $"test data {relative} is not here (set MOLSAMPLING_SHARED_DATA)");
        return path;
    }

    /// <summary>The path of a file of a case, a folder with a README that says what is right; skips the test where it is absent.</summary>
    public static string Case(string name, string file)
    {
        string path = Path.Combine(Environment.GetEnvironmentVariable("MOLSAMPLING_SHARED_CASES") ?? Path.Combine(Root, "..", "cases"),
            name, file);
        Skip.IfNot(File.Exists(path), $"case {name} is not here (set MOLSAMPLING_SHARED_DATA or MOLSAMPLING_SHARED_CASES)");
        return path;
    }

    private static string Root => Environment.GetEnvironmentVariable("MOLSAMPLING_SHARED_DATA") ?? Path.Combine(Checkout, "..", "shared",
        "data");

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
