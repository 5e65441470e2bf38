using System.Security.Cryptography;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Tests.Torch;

[Collection(TorchAlone.Name), Trait(TorchAlone.Trait, TorchAlone.Name)]
public sealed class TorchRuntimeTests
{
    [Fact]
    public void TorchSharp_loads_and_computes()
    {
        TorchRuntime.EnsureLoaded();
        using Tensor x = arange(5, dtype: ScalarType.Float64);
        Assert.Equal(10, x.sum().item<double>());
        Assert.Contains("threads", TorchRuntime.Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Marking_twice_changes_nothing_the_second_time_and_never_the_linked_original()
    {
        string cache = Path.Combine(Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages"),
            "torchsharp", "0.107.0", "runtimes", "linux-x64", "native", "libLibTorchSharp.so");
        Assert.True(File.Exists(cache), cache);
        byte[] before = SHA256.HashData(File.ReadAllBytes(cache));
        string copy = Path.Combine(Path.GetTempPath(), $"torchsharp-{Environment.ProcessId}.so");
        File.Copy(cache, copy, true);
        try
        {
            Assert.Equal(1, TorchRuntime.MarkWeak(copy)); // the package's file has the need, unmarked
            Assert.Equal(0, TorchRuntime.MarkWeak(copy));
            byte[] changed = File.ReadAllBytes(copy), original = File.ReadAllBytes(cache);
            Assert.Equal(1, changed.Zip(original).Count(p => p.First != p.Second)); // one flag
        }
        finally
        {
            File.Delete(copy);
        }
        TorchRuntime.EnsureLoaded();
        Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(cache)));
    }

    [Fact]
    public void Foreign_and_truncated_files_are_refused_cleanly()
    {
        Assert.Throws<InvalidDataException>(() =>
            ElfVersionNeeds.MarkWeak("not an ELF file, but long enough to hold the header of one, or so one hopes"u8.ToArray(), "X"));
        string libc = System.Diagnostics.Process.GetCurrentProcess().Modules.Cast<System.Diagnostics.ProcessModule>().First(m =>
            m.FileName!.Contains("libc.so", StringComparison.Ordinal)).FileName!;
        byte[] whole = File.ReadAllBytes(libc);
        Assert.Equal(0, ElfVersionNeeds.MarkWeak([.. whole], "GLIBCXX_3.4.32")); // no such need: nothing to do
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.MarkWeak(whole.AsSpan(0, whole.Length / 2), "X"));
    }

    [Fact]
    public void Energies_flow_through_autograd()
    {
        TorchRuntime.EnsureLoaded();
        var potential = new ForceFieldPotential(new([12, 12, 12],
            [new TwoBodyTable<MmffBond>([0, 1, 1, 2], [250_000, 0.152, 310_000, 0.147]), new ThreeBodyTable<MmffAngle>([0, 1, 2],
            [420, 1.95])]));
        double[] start = [0, 0, 0, 0.15, 0.01, 0, 0.2, 0.15, 0.02];
        // y = sum (scale * U(c x)) / 1000 against central differences of the exact path
        using Tensor x = tensor(start, dtype: ScalarType.Float64).reshape(1, 3, 3).repeat(2, 1, 1).requires_grad_(true);
        using Tensor y = (potential.Energy(x * 1.01) * tensor(new[] { 1.0, 2.0 })).sum() / 1000;
        y.backward();
        double[] gradient = x.grad!.data<double>().ToArray();
        for (int k = 0; k < 9; k++)
        {
            double Exact(double h)
            {
                double[] z = [.. start.Select(v => 1.01 * v)];
                z[k] += 1.01 * h;
                return potential.EvaluateDouble(z, new double[9]) / 1000;
            }
            double expected = (Exact(1e-5) - Exact(-1e-5)) / 2e-5;
            Assert.Equal(expected, gradient[k], 2e-5 * 10 + 1e-3 * Math.Abs(expected));
            Assert.Equal(2 * expected, gradient[9 + k], 4e-5 * 10 + 1e-3 * Math.Abs(expected));
        }
        Assert.Throws<ArgumentException>(() => potential.Energy(zeros(1, 4, 3)));
        using Tensor nan = potential.Energy(full(1, 3, 3, double.NaN, dtype: ScalarType.Float64));
        Assert.True(double.IsNaN(nan.item<double>()));
    }
}
