using System.Runtime.InteropServices;
using System.Security.Cryptography;
using TorchSharp;
using static TorchSharp.torch;

namespace MolSampling.Potentials.Torch;

/// <summary>
/// A file of TorchScript (torch.jit.save) whose forward takes positions and returns energies: [B, N, 3] to [B], or [N, 3] to one number, as
/// OpenMM-Torch's TorchForce takes it (github.com/openmm/openmm-torch). Lengths are nm and energies kJ/mol, unless it states others
/// (<see cref="TorchScriptStatement"/>).
/// </summary>
public sealed class TorchScriptFile
{
    private static readonly string[] s_extensions = [".pt", ".pth", ".ts"];

    private readonly jit.ScriptModule<Tensor, Tensor> _module;

    private TorchScriptFile(string path, string hash, TorchScriptStatement? statement, jit.ScriptModule<Tensor, Tensor> module) =>
        (Path, Hash, Statement, _module) = (path, hash, statement, module);

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of the file.</summary>
    public string Hash { get; }

    /// <summary>What the file says of itself; null for nothing.</summary>
    public TorchScriptStatement? Statement { get; }

    /// <summary>nm in the unit of its positions.</summary>
    public double Length => Units.Lengths[Statement?.Length ?? "nm"];

    /// <summary>For people.</summary>
    public string Name => Statement?.Name ?? System.IO.Path.GetFileNameWithoutExtension(Path);

    /// <summary>Whether a name is that of such a file, there or not.</summary>
    public static bool IsName(string name) => s_extensions.Contains(System.IO.Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the file. Its operations run in this process: load files of people whom you trust.</summary>
    /// <exception cref="InvalidDataException">It is none, or says of itself what cannot be; one line.</exception>
    public static TorchScriptFile Load(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        TorchScriptStatement? statement = TorchScriptStatement.Read(path, bytes);
        TorchRuntime.EnsureLoaded();
        try
        {
            jit.ScriptModule<Tensor, Tensor> module = jit.load<Tensor, Tensor>(bytes, DeviceType.CPU);
            module.eval();
            foreach ((_, Tensor weight) in module.named_parameters())
                weight.requires_grad_(false); // positions alone are differentiated
            return new(path, Convert.ToHexStringLower(SHA256.HashData(bytes)), statement, module);
        }
        catch (ExternalException e)
        {
            throw new InvalidDataException($"{path}: {Reason(e)}");
        }
    }

    /// <summary>The energy in a form that it was found to take.</summary>
    /// <param name="masses">[N] Da.</param>
    /// <param name="form">See <see cref="TorchScriptContract"/>.</param>
    internal TorchPotential Potential(IReadOnlyList<double> masses, TorchScriptForm form) => new(Name, $"script {Hash} {form}", masses,
        Function(form), blockWidth: form.IsBatched ? 64 : 16, type: form.Type);

    /// <summary>Positions [B, N, 3] nm to energies and forces, kJ/mol and nm.</summary>
    internal TorchForces Function(TorchScriptForm form)
    {
        // held here: TorchSharp would free a number of a single call while torch reads it
        Scalar perLength = 1 / Length, energy = Units.Energies[Statement?.Energy ?? "kJ/mol"];
        return new(positions =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable gradients = enable_grad(); // whatever the caller has
            Tensor x = positions.detach().clone().requires_grad_(true), own = x * perLength;
            Tensor u = (form.IsBatched ? Forward(own) : stack([.. own.unbind(0).Select(one => Forward(one).reshape([]))]))
                .to(ScalarType.Float64) * energy;
            if (!u.requires_grad)
                throw new InvalidDataException($"{Path}: its energy has no gradient; are positions detached?");
            try
            {
                u.sum().backward(); // not autograd.grad, whose errors end the process (TorchSharp 0.107)
            }
            catch (ExternalException e)
            {
                throw new InvalidDataException($"{Path}: its energy has no gradient ({Reason(e)})");
            }
            return (u.detach().MoveToOuterDisposeScope(), x.grad!.neg().MoveToOuterDisposeScope());
        });
    }

    /// <summary>The module's own answer, in its own units.</summary>
    /// <exception cref="InvalidDataException">It fails, or returns something else than a tensor.</exception>
    internal Tensor Forward(Tensor positions)
    {
        try
        {
            return _module.forward(positions);
        }
        catch (ExternalException e)
        {
            throw new InvalidDataException($"{Path}: {Reason(e)}");
        }
        catch (InvalidCastException)
        {
            throw new InvalidDataException($"{Path}: forward returns something else than a tensor of energies");
        }
    }

    /// <summary>What torch says, without its traceback.</summary>
    internal static string Reason(ExternalException e)
    {
        string[] lines = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string line = lines.LastOrDefault(l => l.StartsWith("RuntimeError: ", StringComparison.Ordinal)) ?? lines.FirstOrDefault() ?? "?";
        return line.Replace("RuntimeError: ", "", StringComparison.Ordinal);
    }
}

/// <summary>How a module is called.</summary>
/// <param name="IsBatched">[B, N, 3] to [B]; otherwise [N, 3] to one number.</param>
/// <param name="Type">Of positions: float64 where it takes that.</param>
/// <param name="Result">Of energies: a module may take float64 and compute in float32.</param>
internal readonly record struct TorchScriptForm(bool IsBatched, ScalarType Type, ScalarType Result);
