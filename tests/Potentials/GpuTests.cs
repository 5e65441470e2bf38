using System.Reflection;
using ILGPU.Runtime.Cuda;
using MolSampling.Molecular.ForceFields.ForceFieldXml;
using MolSampling.Molecular.Peptides;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Gpu;

namespace MolSampling.Tests.Potentials;

/// <summary>The engine's kernels: compiled for NVIDIA's architectures without a GPU; numbers on ILGPU's emulation, and on every device that
/// is here.</summary>
public sealed class GpuTests
{
    public static TheoryData<string> Terms => TermContract.Names();

    [Theory]
    [MemberData(nameof(Terms))]
    public void Every_term_compiles_for_sm_80_and_sm_90(string term)
    {
        foreach (CudaArchitecture architecture in new[] { CudaArchitecture.SM_80, CudaArchitecture.SM_90 })
        {
            string assembly = PtxCompiler.Compile(EnergyKernelOf(TermContract.System(term)), architecture);
            Assert.Contains(".entry", assembly, StringComparison.Ordinal);
            Assert.DoesNotContain("call", assembly, StringComparison.Ordinal); // all is inlined
        }
    }

    [Theory]
    [MemberData(nameof(Terms))]
    public void Every_term_has_the_references_numbers_on_an_emulated_device(string term)
    {
        using GpuDevice device = GpuDevice.Emulated();
        // three launches, the last one not full
        Agree(device, TermContract.System(term), TermContract.Perturbed(21), 1e-5, largestBatch: 8);
    }

    [Fact]
    public void A_solvated_peptide_has_the_references_numbers_on_an_emulated_device()
    {
        using GpuDevice device = GpuDevice.Emulated();
        (SystemParameters system, float[] x) = Peptide(7);
        Agree(device, system, x, 1e-5, largestBatch: 7);
    }

    [SkippableFact]
    public void A_solvated_peptide_has_the_references_numbers_on_every_device_here()
    {
        IReadOnlyList<(string Name, string Description)> devices = GpuDevice.List();
        Skip.If(devices.Count == 0, "no CUDA or OpenCL device is here");
        foreach ((string name, _) in devices)
        {
            using GpuDevice device = GpuDevice.Open(name)!;
            (SystemParameters system, float[] x) = Peptide(300);
            Agree(device, system, x, 1e-5, largestBatch: 128);
            foreach (string term in Terms)
                Agree(device, TermContract.System(term), TermContract.Perturbed(21), 1e-5, largestBatch: 8);
        }
    }

    [Fact]
    public void Parameters_change_the_numbers()
    {
        // power of the comparison above
        using GpuDevice device = GpuDevice.Emulated();
        SystemParameters system = TermContract.System("bond"), other = TermContract.System("harmonic bond");
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Agree(device, system, TermContract.Perturbed(21), 1e-5, 8, other));
    }

    [Fact]
    public void A_device_that_is_not_here_is_named()
    {
        Assert.Contains("cuda:99", Assert.Throws<ArgumentException>(() => GpuDevice.Open("cuda:99")).Message, StringComparison.Ordinal);
        Assert.Null(GpuDevice.Open("cpu"));
    }

    [Fact]
    public void Numbers_are_types()
    {
        foreach (int n in new[] { 0, 1, 2, 3, 64, 1211 })
            Assert.Equal(n, TypeNumber.Of(n).GetProperty("Value", BindingFlags.Public | BindingFlags.Static)!.GetValue(null));
    }

    internal static (SystemParameters System, float[] Positions) Peptide(int batch)
    {
        Structure peptide = PeptideBuilder.Build("ACE-ALA-NME");
        SystemParameters system = ForceField.Load(["ff14SB", "obc2"]).Parameterize(peptide.Topology, hydrogenMass: 3).ToEngine();
        return (system, [.. Enumerable.Range(0, batch).SelectMany(b =>
            peptide.Positions.Select((x, k) => (float)(x + 0.004 * Math.Sin(k * 7.1 + b))))]);
    }

    private static MethodInfo EnergyKernelOf(SystemParameters system)
    {
        int scratch = system.Terms.Max(t => t.ScratchLanes), energies = system.Terms.Sum(t => t.EnergyNames.Count);
        return typeof(EnergyKernel).GetMethod(nameof(EnergyKernel.Run))!.MakeGenericMethod(DeviceTables.ChainType(system),
            EnergyKernel.Memory(system.Masses.Count, scratch, energies));
    }

    private static void Agree(GpuDevice device, SystemParameters system, float[] x, double tolerance, int largestBatch,
        SystemParameters? reference = null)
    {
        using var gpu = new GpuForceField(device, system) { LargestBatch = largestBatch };
        int size = 3 * system.Masses.Count, batch = x.Length / size;
        var energies = new double[batch];
        var forces = new float[x.Length];
        gpu.Evaluate(x, energies, forces);
        var potential = new ForceFieldPotential(reference ?? system);
        double[] exact = new double[batch], exactForces = new double[x.Length];
        for (int b = 0; b < batch; b++)
            exact[b] = potential.EvaluateDouble([.. x.AsSpan(b * size, size).ToArray().Select(v => (double)v)],
                exactForces.AsSpan(b * size, size));
        double energyScale = exact.Max(Math.Abs), forceScale = exactForces.Max(Math.Abs);
        for (int b = 0; b < batch; b++)
            Assert.Equal(exact[b], energies[b], tolerance * energyScale);
        for (int k = 0; k < x.Length; k++)
            Assert.True(Math.Abs(exactForces[k] - forces[k]) <= tolerance * forceScale,
                $"{device.Name}, coordinate {k}: {forces[k]} for {exactForces[k]}");
    }
}
